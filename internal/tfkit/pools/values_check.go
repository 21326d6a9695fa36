package pools

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// CheckTaints refuses two taints of the same key and effect, of which a node can have one only.
func (m *Model) CheckTaints(diags *diag.Diagnostics) {
	type place struct{ key, effect string }
	seen := map[place]string{}
	for _, set := range []struct {
		name   string
		taints types.Set
	}{{"taints", m.Taints}, {"startup_taints", m.StartupTaints}} {
		for _, element := range set.taints.Elements() {
			object, ok := element.(types.Object)
			key, effect := tfkit.TextOf(object, "key"), tfkit.TextOf(object, "effect")
			if !ok || !Known(key) || !Known(effect) {
				continue
			}
			of := place{key.ValueString(), effect.ValueString()}
			if before, twice := seen[of]; twice {
				where := set.name
				if before != set.name {
					where = before + " and " + set.name
				}
				tfkit.Refuse(diags, path.Root(set.name), tfkit.Refusal{Summary: "Two taints have the same key and effect",
					Found: fmt.Sprintf("%s with the effect %s, twice in %s", of.key, of.effect, where), Allowed: "one taint for " +
						"each key and effect on a node",
					Fix: "Remove one of the two, or give it another key or effect."})
			}
			seen[of] = set.name
		}
	}
}

// WarnOfTags says which tags do not become the labels and taints that they look like.
func (m *Model) WarnOfTags(diags *diag.Diagnostics) {
	if m.IsExternal() {
		return // tags of an external pool become nothing
	}
	tfkit.WarnOfTags(
		tfkit.Strings(m.Tags), path.Root("tags"), func(at path.Path, r tfkit.Refusal) { tfkit.Warn(diags, at, r) },
	)
}

// checkKubeletArg refuses what cannot be the name of an argument. The API has them as the fields of
// KubeletConfiguration.
func checkKubeletArg(name string) error {
	isName := func(text string) bool {
		return text != "" && text[0] >= 'a' && text[0] <= 'z' && !strings.ContainsFunc(text, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
		})
	}
	if isName(name) {
		return nil
	}
	refusal := &compliance.Refusal{Summary: "The name of a kubelet argument is not a field of its configuration",
		Found:   strconv.Quote(name),
		Allowed: `the name in camel case, such as "maxPods"; the data source srm_kubernetes_version lists them`,
		Fix:     "Write the name of the field."}
	words := strings.FieldsFunc(strings.TrimSpace(name), func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	if joined := strings.Join(words, ""); joined != "" && isName(strings.ToLower(joined[:1])+joined[1:]) {
		refusal.Fix = fmt.Sprintf("Write %q.", strings.ToLower(joined[:1])+joined[1:])
	}
	return refusal
}

// checkUserDataKey refuses a key that cannot stand in an address: nodes read user data by the address of its key.
func checkUserDataKey(key string) error {
	if key != "" && key != "." && key != ".." && url.PathEscape(key) == key {
		return nil
	}
	return &compliance.Refusal{Summary: "The key of user data cannot be part of an address", Found: strconv.Quote(key),
		Allowed: `letters, digits, "-", "_" and ".", such as "cloud-init"`, Fix: "Choose such a key."}
}
