//! The texts of the class reference: what stands as doc comments above the registered classes in `rust/godot`.
//!
//! The `godot` crate can gather them too, by its feature `register-docs`. That would compile the whole crate a second
//! time, and knows neither the properties nor the enums of `class_enum.rs`.

use super::rustdoc;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Attribute, Expr, ExprLit, FnArg, Ident, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, Lit, Meta, Pat};
use syn::{Signature, Token, TraitItemFn, Type};

/// The texts of one class, as BBCode, by the names that scripts know.
#[derive(Default)]
pub(crate) struct ClassTexts {
    pub(crate) description: String,
    pub(crate) methods: BTreeMap<String, String>,
    pub(crate) members: BTreeMap<String, String>,
    pub(crate) signals: BTreeMap<String, String>,
    pub(crate) constants: BTreeMap<String, String>,
}

/// Reads the texts of all classes below `folder`.
pub(crate) fn texts(folder: &Path) -> Result<BTreeMap<String, ClassTexts>> {
    let mut items = Vec::new();
    for file in rust_files(folder)? {
        let parsed = syn::parse_file(&fs::read_to_string(&file)?);
        items.extend(parsed.with_context(|| format!("cannot read {}", file.display()))?.items);
    }
    read(&items)
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

fn read(items: &[Item]) -> Result<BTreeMap<String, ClassTexts>> {
    let mut classes = Classes::default();
    for item in items {
        if let Item::Struct(item) = item {
            classes.read_struct(item)?;
        }
    }
    for item in items {
        if let Item::Impl(item) = item {
            classes.read_methods(item)?;
            classes.read_class_enum(item, items);
        }
    }
    classes.texts.values_mut().for_each(move_to_members);
    Ok(classes.texts)
}

#[derive(Default)]
struct Classes {
    /// What scripts call a struct.
    names: BTreeMap<String, String>,
    texts: BTreeMap<String, ClassTexts>,
}

impl Classes {
    fn read_struct(&mut self, item: &ItemStruct) -> Result<()> {
        let Some(attribute) = attribute(&item.attrs, "class") else {
            return Ok(());
        };
        let name = renamed(attribute)?.unwrap_or_else(|| item.ident.to_string());
        self.texts.entry(name.clone()).or_default().description = rustdoc::to_bbcode(&documentation(&item.attrs), &[]);
        self.names.insert(item.ident.to_string(), name);
        Ok(())
    }

    fn read_methods(&mut self, item: &ItemImpl) -> Result<()> {
        if attribute(&item.attrs, "godot_api").is_none() || item.trait_.is_some() {
            return Ok(());
        }
        let Some(class) = self.class(&item.self_ty) else {
            return Ok(());
        };
        for item in &item.items {
            match item {
                ImplItem::Fn(function) => {
                    if let Some(attribute) = attribute(&function.attrs, "func") {
                        let name = renamed(attribute)?.unwrap_or_else(|| function.sig.ident.to_string());
                        class.methods.insert(name, text(&function.attrs, &function.sig));
                    }
                }
                // A signal is a function without a body, which only a trait can have.
                ImplItem::Verbatim(tokens) => {
                    let signal: TraitItemFn = syn::parse2(tokens.clone())?;
                    let name = signal.sig.ident.to_string();
                    class.signals.insert(name, text(&signal.attrs, &signal.sig));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// `impl ClassEnum for ...` says which constants of which class the variants of an enum are.
    fn read_class_enum(&mut self, item: &ItemImpl, items: &[Item]) {
        let is_class_enum = |(_, path, _): &(_, syn::Path, _)| path.is_ident("ClassEnum");
        if !item.trait_.as_ref().is_some_and(is_class_enum) {
            return;
        }
        let variants = items.iter().find_map(|other| match other {
            Item::Enum(other) if type_name(&item.self_ty).is_some_and(|name| other.ident == name) => Some(other),
            _ => None,
        });
        let class = item.items.iter().find_map(|item| match item {
            ImplItem::Type(item) if item.ident == "Class" => Some(&item.ty),
            _ => None,
        });
        let values = item.items.iter().find_map(|item| match item {
            ImplItem::Const(item) if item.ident == "VALUES" => Some(constants(&item.expr)),
            _ => None,
        });
        if let (Some(variants), Some(class)) = (variants, class.and_then(|class| self.class(class))) {
            for (constant, variant) in values.unwrap_or_default() {
                class.constants.insert(constant, variant_text(variants, &variant));
            }
        }
    }

    fn class(&mut self, struct_type: &Type) -> Option<&mut ClassTexts> {
        let name = self.names.get(&type_name(struct_type)?)?;
        self.texts.get_mut(name)
    }
}

/// A getter that says nothing but `See [method set_x].` belongs to the property `x`, whose text is the setter's.
fn move_to_members(class: &mut ClassTexts) {
    let setters: Vec<String> = class
        .methods
        .values()
        .filter_map(|text| text.strip_prefix("See [method set_")?.strip_suffix("]."))
        .map(str::to_owned)
        .collect();
    for property in setters {
        let setter = class.methods.insert(
            format!("set_{property}"),
            format!("Sets [member {property}]. What an assignment passes over is returned: whether that was possible."),
        );
        class
            .methods
            .insert(format!("get_{property}"), format!("The value of [member {property}]."));
        class.members.insert(property, setter.unwrap_or_default());
    }
}

fn attribute<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.path().is_ident(name))
}

/// The value of `rename` in `#[class(base = X, rename = Y)]` or `#[func(rename = y)]`.
fn renamed(attribute: &Attribute) -> Result<Option<String>> {
    let mut name = None;
    if let Meta::List(_) = attribute.meta {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<Ident>()?.to_string());
            } else if meta.input.peek(Token![=]) {
                meta.value()?.parse::<Expr>()?;
            }
            Ok(())
        })?;
    }
    Ok(name)
}

fn text(attributes: &[Attribute], signature: &Signature) -> String {
    let parameters: Vec<String> = signature.inputs.iter().filter_map(parameter_name).collect();
    rustdoc::to_bbcode(&documentation(attributes), &parameters)
}

fn parameter_name(argument: &FnArg) -> Option<String> {
    let FnArg::Typed(argument) = argument else {
        return None;
    };
    match &*argument.pat {
        Pat::Ident(pattern) => Some(pattern.ident.to_string()),
        _ => None,
    }
}

/// The lines of the doc comment.
fn documentation(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => string(&meta.value),
        _ => None,
    };
    let lines = attributes.iter().filter_map(line);
    lines
        .map(|line| line.strip_prefix(' ').map(str::to_owned).unwrap_or(line) + "\n")
        .collect()
}

fn type_name(path: &Type) -> Option<String> {
    match path {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

/// `&[("NAME", Enum::Variant), ...]` as pairs of name and variant.
fn constants(values: &Expr) -> Vec<(String, String)> {
    let array = match values {
        Expr::Reference(reference) => &*reference.expr,
        other => other,
    };
    let Expr::Array(array) = array else {
        return Vec::new();
    };
    let pair = |value: &Expr| match value {
        Expr::Tuple(tuple) => {
            let Expr::Path(variant) = tuple.elems.get(1)? else {
                return None;
            };
            Some((
                string(tuple.elems.first()?)?,
                variant.path.segments.last()?.ident.to_string(),
            ))
        }
        _ => None,
    };
    array.elems.iter().filter_map(pair).collect()
}

fn variant_text(variants: &ItemEnum, name: &str) -> String {
    let variant = variants.variants.iter().find(|variant| variant.ident == name);
    variant.map_or_else(String::new, |variant| {
        rustdoc::to_bbcode(&documentation(&variant.attrs), &[])
    })
}

fn string(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        }) => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ClassTexts, read};

    fn class(source: &str) -> ClassTexts {
        let file = syn::parse_file(source).unwrap();
        read(&file.items).unwrap().remove("ThingOpenSSL").unwrap()
    }

    const THING: &str = "/// A thing.\n#[class(init, base = RefCounted, rename = ThingOpenSSL)]\nstruct Thing;\n";

    #[test]
    fn classes_and_methods_have_the_names_that_scripts_know() {
        let class = class(&format!(
            "{THING}#[godot_api] impl Thing {{\n/// Takes `size`.\n#[func(rename = take)]\nfn take_it(&self, size: i64) {{}} }}"
        ));
        assert_eq!(class.description, "A thing.");
        assert_eq!(class.methods["take"], "Takes [param size].");
    }

    #[test]
    fn what_scripts_cannot_call_is_left_out() {
        let class = class(&format!("{THING}impl Thing {{\n/// Private.\nfn hidden(&self) {{}} }}"));
        assert!(class.methods.is_empty());
    }

    #[test]
    fn signals_are_read() {
        let class = class(&format!(
            "{THING}#[godot_api] impl Thing {{\n/// Became `status`.\n#[signal]\nfn changed(status: i64); }}"
        ));
        assert_eq!(class.signals["changed"], "Became [param status].");
    }

    #[test]
    fn a_property_has_the_text_of_its_setter() {
        let class = class(&format!(
            "{THING}#[godot_api(secondary)] impl Thing {{\n/// See [method set_size].\n#[func]\nfn get_size(&self) {{}}\n\
             /// How large.\n#[func]\nfn set_size(&mut self, size: i64) {{}} }}"
        ));
        assert_eq!(class.members["size"], "How large.");
        assert_eq!(class.methods["get_size"], "The value of [member size].");
        assert!(class.methods["set_size"].starts_with("Sets [member size]."));
    }

    #[test]
    fn constants_have_the_texts_of_the_variants() {
        let class = class(&format!(
            "{THING}enum Kind {{\n/// The first.\nOne = 1 }}\nimpl ClassEnum for Kind {{ type Class = Thing;\n\
             const VALUES: &'static [(&'static str, Self)] = &[(\"KIND_ONE\", Kind::One)]; }}"
        ));
        assert_eq!(class.constants["KIND_ONE"], "The first.");
    }
}
