package pool

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

// checkTaints adds an error for two taints with the same key and effect: a node can have only one.
func (m *commonModel) checkTaints(diags *diag.Diagnostics) {
	type place struct{ key, effect string }
	seen := map[place]string{}
	for _, set := range []struct {
		name   string
		taints types.Set
	}{{"taints", m.Taints}, {"startup_taints", m.StartupTaints}} {
		for _, element := range set.taints.Elements() {
			object, ok := element.(types.Object)
			key, effect := tfkit.StringAttribute(object, "key"), tfkit.StringAttribute(object, "effect")
			if !ok || !tfkit.HasValue(key) || !tfkit.HasValue(effect) {
				continue
			}
			id := place{key.ValueString(), effect.ValueString()}
			if before, twice := seen[id]; twice {
				where := set.name
				if before != set.name {
					where = before + " and " + set.name
				}
				tfkit.AddError(diags, path.Root(set.name), tfkit.Problem{Summary: "Two taints have the same key and " +
					"effect",
					Found: fmt.Sprintf(
						"%s with the effect %s, twice in %s", id.key, id.effect, where,
					), Allowed: "one taint for each key and effect on a node",
					Fix: "Remove one of the two, or change its key or effect."})
			}
			seen[id] = set.name
		}
	}
}

// warnAboutTags warns about tags that look like labels or taints but have no effect.
func (m *commonModel) warnAboutTags(diags *diag.Diagnostics) {
	if m.isExternal() {
		return // tags of an external pool have no effect on nodes
	}
	tfkit.WarnAboutTags(
		tfkit.StringsFromSet(m.Tags),
		path.Root("tags"),
		func(at path.Path, r tfkit.Problem) { tfkit.AddWarning(diags, at, r) },
	)
}

// checkKubeletArgName returns an error if a text cannot be the name of a kubelet argument, which is a field of
// KubeletConfiguration.
func checkKubeletArgName(name string) error {
	isName := func(text string) bool {
		return text != "" && text[0] >= 'a' && text[0] <= 'z' && !strings.ContainsFunc(text, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
		})
	}
	if isName(name) {
		return nil
	}
	problem := &compliance.Problem{Summary: "The name of a kubelet argument is not a field of KubeletConfiguration",
		Found:   strconv.Quote(name),
		Allowed: `the name in camel case, such as "maxPods"; the data source srm_kubernetes_version lists them`,
		Fix:     "Write the name of the field."}
	words := strings.FieldsFunc(strings.TrimSpace(name), func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	if joined := strings.Join(words, ""); joined != "" && isName(strings.ToLower(joined[:1])+joined[1:]) {
		problem.Fix = fmt.Sprintf("Write %q.", strings.ToLower(joined[:1])+joined[1:])
	}
	return problem
}

// checkUserDataKey returns an error if a key cannot be part of a URL: nodes read user data from a URL with its key.
func checkUserDataKey(key string) error {
	if key != "" && key != "." && key != ".." && url.PathEscape(key) == key {
		return nil
	}
	return &compliance.Problem{Summary: "The key of user data cannot be part of a URL", Found: strconv.Quote(key),
		Allowed: `letters, digits, "-", "_" and ".", such as "cloud-init"`, Fix: "Rename the key."}
}
