#!/usr/bin/env bash
# Runs Program.cs on a Godot project. Usage, with the variables of the .NET engine's set-up: run.sh PROJECT FOLDER
# FOLDER: where the program is compiled to.
set -euo pipefail
source=$(dirname "$0")/Program.cs
roslyn=$(dirname "${CSC##* }")
program=$2/analyzers/analyze.dll
mkdir -p "$2/analyzers"
if [ "$source" -nt "$program" ]; then
	# $CSC is a command with an argument.
	$CSC -exe -nullable -warnaserror -nowarn CS1701 -o "$program" \
		-r "$roslyn/Microsoft.CodeAnalysis.dll" -r "$roslyn/Microsoft.CodeAnalysis.CSharp.dll" "$source"
	cp "$roslyn"/*.dll "$2/analyzers/"
	cp "$roslyn/gdcsc.runtimeconfig.json" "${program%.dll}.runtimeconfig.json"
fi
"$DOTNET_ROOT/dotnet" "$program" "$1" "$GODOTSHARP" "$GODOT_GENERATORS"
