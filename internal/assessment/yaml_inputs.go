package assessment

import (
	"fmt"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// ParseInputs reads inputs from a YAML text. It returns all problems.
func ParseInputs(text []byte) (Inputs, []Problem) {
	r := &reader{}
	root, ok := r.parseYAML(text)
	if !ok {
		return Inputs{}, r.finish()
	}
	return r.inputs(root), r.finish()
}

// InputsFromValue reads inputs from a value that was decoded from HCL or JSON. Numbers may be texts; keys without a
// value (null) are left out.
func InputsFromValue(decoded map[string]any) (Inputs, []Problem) {
	r := &reader{}
	root, ok := r.convertDecoded(decoded, "", 0)
	if !ok {
		return Inputs{}, r.finish()
	}
	return r.inputs(root), r.finish()
}

// input describes an input.
type input struct {
	name string
	read func(r *reader, v value, name string, i *Inputs)
}

// maxDays is the largest number of days of an input.
const maxDays = 3660

// inputList returns all inputs.
func inputList() []input {
	accept := func(name string, target func(*Inputs) *map[string]Acceptance) input {
		return input{name, func(r *reader, v value, name string, i *Inputs) { *target(i) = r.acceptances(v, name) }}
	}
	days := func(name string, target func(*Inputs) *int) input {
		return input{name, func(r *reader, v value, name string, i *Inputs) {
			*target(i) = r.number(v, name, 1, maxDays)
		}}
	}
	return []input{
		accept(InputNeighbours, func(i *Inputs) *map[string]Acceptance { return &i.ExpectedNeighbours }),
		accept(InputPublic, func(i *Inputs) *map[string]Acceptance { return &i.ExpectedPublic }),
		accept(InputNodePorts, func(i *Inputs) *map[string]Acceptance { return &i.ExpectedNodePorts }),
		accept(InputClusterAdmins, func(i *Inputs) *map[string]Acceptance { return &i.ExpectedClusterAdmins }),
		accept(InputFieldManagers, func(i *Inputs) *map[string]Acceptance { return &i.ExpectedFieldManagers }),
		accept(InputAdministrators, func(i *Inputs) *map[string]Acceptance { return &i.ExpectedAdministrators }),
		accept(InputBreakGlass, func(i *Inputs) *map[string]Acceptance { return &i.BreakGlass }),
		days("max_node_age_days", func(i *Inputs) *int { return &i.MaxNodeAgeDays }),
		{"max_node_age_reason", func(r *reader, v value, name string, i *Inputs) {
			i.MaxNodeAgeReason, _ = r.text(v, name)
		}},
		days("required_log_retention_days", func(i *Inputs) *int { return &i.RequiredLogRetentionDays }),
		days("max_snapshot_age_days", func(i *Inputs) *int { return &i.MaxSnapshotAgeDays }),
		days("max_key_age_days", func(i *Inputs) *int { return &i.MaxKeyAgeDays }),
		{"approved_registries", func(r *reader, v value, name string, i *Inputs) {
			for n, item := range r.list(v, name, false) {
				i.ApprovedRegistries = append(i.ApprovedRegistries, r.exactID(item, fmt.Sprintf("%s[%d]", name, n)))
			}
		}},
		{"buckets", func(r *reader, v value, name string, i *Inputs) {
			for n, item := range r.list(v, name, false) {
				i.Buckets = append(i.Buckets, r.bucket(item, fmt.Sprintf("%s[%d]", name, n)))
			}
		}},
		{"health_data_namespaces", func(r *reader, v value, name string, i *Inputs) {
			i.HealthDataNamespaces = []string{} // An empty list is a statement: no namespace holds health data.
			for n, item := range r.list(v, name, true) {
				i.HealthDataNamespaces = append(i.HealthDataNamespaces, r.name(item, fmt.Sprintf("%s[%d]", name, n)))
			}
		}},
		{"contract", func(r *reader, v value, name string, i *Inputs) { i.Contract = r.contract(v, name) }},
		{"deadline_days", func(r *reader, v value, name string, i *Inputs) { i.DeadlineDays = r.deadlines(v, name) }},
	}
}

// inputNames returns the names of all inputs.
func inputNames() []string {
	names := []string{}
	for _, i := range inputList() {
		names = append(names, i.name)
	}
	return names
}

// inputs reads all inputs.
func (r *reader) inputs(root value) Inputs {
	result := Inputs{}
	if !r.object(root, "", "The object inputs", inputNames(), nil) {
		return result
	}
	for _, one := range inputList() {
		at(root, one.name, func(v value) { one.read(r, v, one.name, &result) })
	}
	for _, pair := range [][2]string{
		{"max_node_age_days", "max_node_age_reason"}, {"max_node_age_reason", "max_node_age_days"},
	} {
		v, has := root.lookup(pair[0])
		if _, hasOther := root.lookup(pair[1]); has && !hasOther {
			r.report(v.line, pair[0], compliance.Problem{
				Summary: pair[0] + " is there without " + pair[1],
				Allowed: "both, or neither",
				Fix:     "Add " + pair[1] + ".",
			})
		}
	}
	return result
}

// acceptances reads an input that accepts objects.
func (r *reader) acceptances(v value, path string) map[string]Acceptance {
	if v.kind != objectValue {
		r.report(v.line, path, compliance.Problem{
			Summary: "The value is not an object",
			Found:   v.found(),
			Allowed: "id: {reason: …, reviewed_on: YYYY-MM-DD}",
		})
		return nil
	}
	all := map[string]Acceptance{}
	for _, e := range v.entries {
		field := join(path, shorten(e.key))
		r.exactID(value{line: e.line, kind: textValue, text: e.key}, field)
		keys := []string{"reason", "reviewed_on"}
		if !r.object(e.value, field, "The entry", keys, keys) {
			continue
		}
		one := Acceptance{}
		at(e.value, "reason", func(v value) { one.Reason, _ = r.text(v, join(field, "reason")) })
		at(e.value, "reviewed_on", func(v value) {
			if _, ok := r.date(v, join(field, "reviewed_on")); ok {
				one.ReviewedOn = v.text
			}
		})
		all[e.key] = one
	}
	return all
}

// bucket reads a bucket: its name, or an object with its name and Project.
func (r *reader) bucket(v value, path string) NamedBucket {
	if v.kind != objectValue {
		return NamedBucket{Name: r.exactID(v, path)}
	}
	b := NamedBucket{}
	r.object(v, path, "The bucket", []string{"name", "project_id"}, []string{"name"})
	at(v, "name", func(v value) { b.Name = r.exactID(v, join(path, "name")) })
	at(v, "project_id", func(v value) {
		b.ProjectID = r.pattern(
			v,
			join(path, "project_id"),
			"^"+uuidPattern+"$",
			"The value is not the id of a Project",
			"a UUID in lower case",
		)
	})
	return b
}

// contract reads the HDS contract. The API names contracts by type and name.
func (r *reader) contract(v value, path string) *Contract {
	c := &Contract{}
	if !r.object(v, path, "The contract", []string{"type", "name", "reference"}, []string{"reference"}) {
		return nil
	}
	at(v, "type", func(v value) { c.Type, _ = r.line(v, join(path, "type")) })
	at(v, "name", func(v value) { c.Name, _ = r.line(v, join(path, "name")) })
	at(v, "reference", func(v value) { c.Reference, _ = r.line(v, join(path, "reference")) })
	return c
}

// deadlines reads days by severity.
func (r *reader) deadlines(v value, path string) map[Severity]int {
	names := []string{}
	for _, s := range Severities() {
		names = append(names, string(s))
	}
	if !r.object(v, path, "The object "+path, names, nil) {
		return nil
	}
	all := map[Severity]int{}
	for _, name := range names {
		at(v, name, func(v value) { all[Severity(name)] = r.number(v, join(path, name), 1, maxDays) })
	}
	return all
}
