package assessment

import (
	"encoding/json"
	"slices"
)

// SchemaID is the identifier of the schema of declarations.
const SchemaID = "https://terraform-srm.github.io/schemas/declarations-1.json"

// schema is a JSON Schema. Keys are sorted when it is encoded.
type schema map[string]any

// notPlaceholder refuses the most common placeholders in editors. The parser refuses more.
const notPlaceholder = `^\s*[-.?~]*\s*$|(^|[\s.,;:/_<(\[-])` +
	`([Tt][Oo][Dd][Oo]|[Tt][Bb][DdAaCc]|[Ff][Ii][Xx][Mm][Ee])($|[\s.,;:/_>)\]-])`

// DeclarationsSchema returns a JSON Schema (draft 2020-12) of attestations and waivers for editors. The parser checks
// more: placeholders, the order of dates, unique ids, and roles that differ.
func DeclarationsSchema() []byte {
	definitions := schema{
		"text": schema{
			"type": []string{"string", "number", "boolean"}, "not": schema{"type": "string", "pattern": notPlaceholder},
		},
		"role":  schema{"$ref": "#/$defs/text", "pattern": "^[^@]*$"},
		"id":    schema{"type": []string{"string", "number", "boolean"}, "pattern": idPattern},
		"date":  schema{"type": "string", "pattern": datePattern},
		"scope": schema{"type": "string", "pattern": scopePattern},
		"document": schema{"oneOf": []schema{
			objectSchema(
				map[string]schema{"path": {"type": "string", "minLength": 1, "pattern": `^[^\\:]+$`}},
				[]string{"path"},
			),
			objectSchema(map[string]schema{
				"uri":    {"type": "string", "minLength": 1},
				"sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
			}, []string{"uri", "sha256"}),
		}},
		"attestation": attestationSchema(),
		"waiver":      waiverSchema(),
	}
	for _, kind := range Kinds() {
		definitions["fields_"+kind.Name] = kind.schema()
	}
	root := objectSchema(map[string]schema{
		"attestations": {"type": "array", "items": schema{"$ref": "#/$defs/attestation"}},
		"waivers":      {"type": "array", "items": schema{"$ref": "#/$defs/waiver"}},
	}, nil)
	root["$schema"], root["$id"] = "https://json-schema.org/draft/2020-12/schema", SchemaID
	root["title"] = "Attestations and waivers of an assessment"
	root["$defs"] = definitions
	// Maps of texts, numbers, booleans and lists always encode.
	encoded, _ := json.MarshalIndent(root, "", "  ")
	return append(encoded, '\n')
}

// objectSchema returns the schema of an object without other keys.
func objectSchema(properties map[string]schema, required []string) schema {
	s := schema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// attestationSchema returns the schema of an attestation: the fields depend on the kind.
func attestationSchema() schema {
	properties := map[string]schema{
		"id": {"$ref": "#/$defs/id"}, "kind": {"enum": kindNames()}, "scope": {"$ref": "#/$defs/scope"},
		"result":       {"enum": []string{ResultSuccess, ResultPartial, ResultFailed}},
		"performed_on": {"$ref": "#/$defs/date"}, "performed_by": {"$ref": "#/$defs/role"},
		"reviewed_by": {"$ref": "#/$defs/role"}, "until": {"$ref": "#/$defs/date"},
		"document": {"$ref": "#/$defs/document"}, "fields": {"type": "object"},
	}
	s := objectSchema(properties, attestationKeys()[:9])
	conditions := []schema{}
	for _, kind := range Kinds() {
		then := schema{
			"properties": schema{
				"fields": schema{"$ref": "#/$defs/fields_" + kind.Name},
			},
			"required": []string{"fields"},
		}
		conditions = append(conditions, schema{"if": ifText("kind", kind.Name), "then": then})
		if kind.AllowsPartial {
			conditions = append(conditions, schema{
				"if":   schema{"allOf": []schema{ifText("kind", kind.Name), ifText("result", ResultPartial)}},
				"then": schema{"properties": schema{"fields": schema{"required": []string{"plan"}}}},
			})
		}
	}
	s["allOf"] = conditions
	return s
}

// ifText returns the condition that a key has a text.
func ifText(key, text string) schema {
	return schema{"properties": schema{key: schema{"const": text}}, "required": []string{key}}
}

// waiverSchema returns the schema of a waiver.
func waiverSchema() schema {
	checks := slices.DeleteFunc(waivableIDs(), func(id string) bool { return maxWaiverDays(id) == 0 })
	text, role := schema{"$ref": "#/$defs/text"}, schema{"$ref": "#/$defs/role"}
	return objectSchema(map[string]schema{
		"id": {"$ref": "#/$defs/id"}, "check": {"enum": checks}, "scope": {"$ref": "#/$defs/scope"},
		"subjects": {
			"type": "array", "minItems": 1, "uniqueItems": true,
			"items": schema{"type": []string{"string", "number"}, "pattern": `^[^*?]+$`},
		},
		"reason": text, "compensating": text, "ticket": text, "risk_owner": role, "author": role, "approver": role,
		"approved_on": {"$ref": "#/$defs/date"}, "until": {"$ref": "#/$defs/date"},
	}, waiverKeys())
}

// schema returns the schema of the fields of a kind.
func (k Kind) schema() schema {
	s := fieldsSchema(k.Fields)
	if k.Instead != "" {
		s["anyOf"] = []schema{{"required": []string{k.Instead}}, {"required": s["required"]}}
		delete(s, "required")
	}
	s["title"], s["description"] = k.Title.EN, k.Expected.EN
	return s
}

// fieldsSchema returns the schema of an object with fields.
func fieldsSchema(fields []Field) schema {
	properties, required := map[string]schema{}, []string{}
	for _, f := range fields {
		properties[f.Name] = f.schema()
		if f.Required {
			required = append(required, f.Name)
		}
	}
	return objectSchema(properties, required)
}

// schema returns the schema of a field. Editors read an unquoted 1.36 as a number and true as a boolean; the parser
// reads the text as written.
func (f Field) schema() schema {
	s := schema{}
	switch f.Type {
	case TypeObject:
		s = fieldsSchema(f.Fields)
	case TypeName:
		s["type"], s["pattern"] = []string{"string", "number"}, namePattern
	case TypeDate:
		s["$ref"] = "#/$defs/date"
	case TypeNumber:
		s["type"], s["minimum"], s["pattern"] = []string{"integer", "string"}, f.Min, `^(0|[1-9][0-9]*)$`
		if f.Max > 0 {
			s["maximum"] = f.Max
		}
	case TypeYesNo:
		s["enum"] = []any{true, false, "true", "false"}
	case TypeMinor:
		s["type"], s["pattern"] = []string{"string", "number"}, minorPattern
	case TypeDigest:
		s["type"], s["pattern"] = "string", digestPattern
	default:
		s["$ref"] = "#/$defs/text"
		if len(f.Choices) > 0 {
			s = schema{"enum": f.Choices}
		}
	}
	if f.IsList {
		s = schema{"type": "array", "items": s}
		if !f.MayBeEmpty {
			s["minItems"] = 1
		}
	}
	s["description"] = f.Prompt.EN
	return s
}
