#!/usr/bin/env bash
# Draws icon.png and thumbnail.png anew, after a change of the drawings or of docs/demo.png. Needs perl, rsvg-convert
# (Debian's librsvg2-bin) and the font Open Sans (fonts-open-sans).
set -euo pipefail
cd "$(dirname "$0")"
rsvg-convert --width 256 --output icon.png icon.svg
# rsvg-convert reads no pictures from other folders: they are put into the drawing.
perl -MMIME::Base64 -pe '
	s{href="([^"]+\.(png|svg))"}{
		open my $picture, "<:raw", $1 or die "$1: $!";
		local $/;
		my $type = $2 eq "svg" ? "svg+xml" : $2;
		"href=\"data:image/$type;base64," . encode_base64(<$picture>, "") . "\"";
	}e' thumbnail.svg | rsvg-convert --output thumbnail.png
