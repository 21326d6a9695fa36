package assessment

// FieldType is the type of a field of an attestation.
type FieldType string

// The types of fields.
const (
	TypeText   FieldType = "text"
	TypeName   FieldType = "name"   // A name of Kubernetes, such as a namespace. "test" is one, not a placeholder.
	TypeDate   FieldType = "date"   // YYYY-MM-DD.
	TypeNumber FieldType = "number" // An integer from 0.
	TypeYesNo  FieldType = "yes_no" // true or false.
	TypeMinor  FieldType = "minor"  // A minor version of Kubernetes: "1.36".
	TypeDigest FieldType = "digest" // "sha256:" and 64 hexadecimal digits.
	TypeObject FieldType = "object"
)

// Field describes a field of an attestation. The parser, the template and the schema use the description.
type Field struct {
	Name     string
	Type     FieldType
	Prompt   Text
	Required bool
	IsList   bool
	// MayBeEmpty is true if an empty list is a statement, such as "no destination".
	MayBeEmpty bool
	Choices    []string // Allowed texts; empty: any.
	Min, Max   int      // Of a number; Max zero: no limit.
	Fields     []Field  // Of an object.
}

// need returns a required field.
func need(name string, t FieldType, en, fr string) Field {
	return Field{Name: name, Type: t, Required: true, Prompt: Text{EN: en, FR: fr}}
}

// may returns an optional field.
func may(name string, t FieldType, en, fr string) Field {
	return Field{Name: name, Type: t, Prompt: Text{EN: en, FR: fr}}
}

// list returns the field as a list.
func (f Field) list() Field {
	f.IsList = true
	return f
}

// orEmpty returns the list as one that may be empty.
func (f Field) orEmpty() Field {
	f.MayBeEmpty = true
	return f
}

// of returns the object with its fields.
func (f Field) of(fields ...Field) Field {
	f.Fields = fields
	return f
}

// oneOf returns the field with its allowed texts.
func (f Field) oneOf(choices ...string) Field {
	f.Choices = choices
	return f
}

// fieldNames returns the names of fields.
func fieldNames(fields []Field) []string {
	names := []string{}
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// Patterns of texts. The parser and the schema use the same ones.
const (
	digestPattern = `^sha256:[0-9a-f]{64}$`
	minorPattern  = `^[0-9]{1,5}\.[0-9]{1,5}$`
	datePattern   = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
	namePattern   = `^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`
	idPattern     = `^[A-Za-z0-9][-A-Za-z0-9._]{0,79}$`
	uuidPattern   = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	scopePattern  = `^(organization|(organization|project|[a-z]{2}-[a-z]{3})/` + uuidPattern + `)$`
)
