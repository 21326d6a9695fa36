package tfkit

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// CheckLabelKey returns an error if Kubernetes does not accept the key of a label or a taint. subject is "label" or
// "taint".
func CheckLabelKey(subject, key string) error {
	problems := content.IsLabelKey(key)
	if len(problems) == 0 {
		return nil
	}
	return &compliance.Problem{Summary: "Kubernetes does not accept the key of the " + subject,
		Found:   strconv.Quote(key) + ": " + strings.Join(problems, "; "),
		Allowed: `a name of at most 63 letters, digits, "-", "_" and ".", after an optional DNS name and a slash`,
		Fix:     `Write a key such as "team" or "example.org/team".`}
}

// CheckLabelValue returns an error if Kubernetes does not accept the value of a label or a taint.
func CheckLabelValue(subject, value string) error {
	problems := content.IsLabelValue(value)
	if len(problems) == 0 {
		return nil
	}
	return &compliance.Problem{Summary: "Kubernetes does not accept the value of the " + subject,
		Found:   strconv.Quote(value) + ": " + strings.Join(problems, "; "),
		Allowed: `at most 63 letters, digits, "-", "_" and ".", with a letter or a digit at both ends, or nothing`,
		Fix:     `Write a value such as "medical-records".`}
}

// LabelsValidator returns a validator of node labels. It warns about labels that are reserved for Kubernetes or
// Scaleway.
func LabelsValidator() validator.Map { return labelsValidator{} }

type labelsValidator struct{}

func (labelsValidator) Description(context.Context) string {
	return "Kubernetes accepts the keys and values."
}

func (l labelsValidator) MarkdownDescription(ctx context.Context) string { return l.Description(ctx) }

func (labelsValidator) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	elements := req.ConfigValue.Elements()
	for _, key := range slices.Sorted(maps.Keys(elements)) {
		at := req.Path.AtMapKey(key)
		if err := CheckLabelKey("label", key); err != nil {
			AddCheckError(&resp.Diagnostics, at, err)
		} else if prefix, reserved := reservedPrefix(key); reserved {
			AddWarning(&resp.Diagnostics, at, Problem{Summary: "The label is reserved", Found: strconv.Quote(key),
				Allowed: "labels outside " + prefix + ": the kubelet or Scaleway's controllers may refuse or " +
					"overwrite labels below it",
				Fix: "Use your own prefix, such as \"example.org/" + key[strings.IndexByte(key, '/')+1:] + "\"."})
		}
		if value, ok := elements[key].(types.String); ok && !value.IsNull() && !value.IsUnknown() {
			AddCheckError(&resp.Diagnostics, at, CheckLabelValue("label", value.ValueString()))
		}
	}
}

// reservedPrefix returns the reserved domain of a label key, and whether there is one. The kubelet allows nodes to have
// labels below kubelet.kubernetes.io and node.kubernetes.io, and users set those on purpose.
func reservedPrefix(key string) (string, bool) {
	prefix, _, found := strings.Cut(key, "/")
	if !found {
		return "", false
	}
	for _, allowed := range []string{
		"kubelet.kubernetes.io", "node.kubernetes.io", "node-role.kubernetes.io", "node-restriction.kubernetes.io",
	} {
		if prefix == allowed || strings.HasSuffix(prefix, "."+allowed) {
			return "", false
		}
	}
	for _, reserved := range []string{"kubernetes.io", "k8s.io", "k8s.scaleway.com", "k8s.scw.cloud"} {
		if prefix == reserved || strings.HasSuffix(prefix, "."+reserved) {
			return reserved, true
		}
	}
	return "", false
}

// CheckHost returns an error if a text is neither a DNS name, with an optional leading wildcard, nor an IP address.
func CheckHost(text string) error {
	if isHost(text) {
		return nil
	}
	problem := &compliance.Problem{Summary: "The value is neither a DNS name nor an IP address",
		Found:   strconv.Quote(text),
		Allowed: `a DNS name, such as "api.example.org" or "*.example.org", or an IP address`, Fix: "Write only the " +
			"name or the address."}
	for _, candidate := range []string{
		hostFromURL(text), hostFromAddress(text), strings.TrimSuffix(strings.TrimSpace(text), "."),
	} {
		if isHost(candidate) {
			problem.Fix = fmt.Sprintf("Write %q.", candidate)
			break
		}
	}
	return problem
}

func isHost(text string) bool {
	if address, err := netip.ParseAddr(text); err == nil {
		return address.Zone() == ""
	}
	lower := strings.ToLower(text)
	// URL parsers read a name whose last label is a number as an IPv4 address.
	if _, err := strconv.Atoi(lower[strings.LastIndexByte(lower, '.')+1:]); err == nil {
		return false
	}
	return len(
		validation.IsDNS1123SubdomainWithUnderscore(lower),
	) == 0 || len(validation.IsWildcardDNS1123Subdomain(lower)) == 0
}

func hostFromURL(text string) string {
	parsed, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return parsed.Hostname()
}

func hostFromAddress(text string) string {
	host, _, err := net.SplitHostPort(text)
	if err != nil {
		return strings.Trim(text, "[]")
	}
	return host
}

// WarnAboutTags warns about tags of a pool that look like labels or taints but have no effect. Scaleway's cloud
// controller turns the tag `key=value` into the label `k8s.scaleway.com/key`, and `taint=key=value:Effect` into a
// taint; it ignores what Kubernetes does not accept.
func WarnAboutTags(tags []string, at path.Path, warn func(path.Path, Problem)) {
	labels := map[string]string{}
	for _, tag := range tags {
		rest, isTaint := strings.CutPrefix(tag, "taint=")
		if isTaint {
			if !isValidTaint(rest) {
				warn(at, Problem{Summary: "The tag does not become a taint", Found: strconv.Quote(tag),
					Allowed: `"taint=key=value:Effect", with NoExecute, NoSchedule or PreferNoSchedule as the effect`,
					Fix:     "Correct the tag, or set `taints` of the pool, which the plan checks."})
			}
			continue
		}
		key, value, isLabel := labelFromTag(tag)
		if !isLabel {
			continue
		}
		if CheckLabelKey("label", key) != nil || CheckLabelValue("label", value) != nil {
			warn(at, Problem{Summary: "The tag does not become a label", Found: strconv.Quote(tag),
				Allowed: `"key=value", with a key and a value that Kubernetes accepts`, Fix: "Correct the tag, or " +
					"set `labels` of the pool, which the plan checks."})
			continue
		}
		if other, twice := labels[key]; twice {
			warn(at, Problem{Summary: "Two tags become the same label", Found: fmt.Sprintf(
				"%q and %q, for the label %s", other, tag, key,
			),
				Allowed: "one tag for each label", Fix: "Remove one of the two tags."})
		}
		labels[key] = tag
	}
}

// labelFromTag returns the label that a tag of the form key=value becomes.
func labelFromTag(tag string) (key, value string, ok bool) {
	prefix := "k8s.scaleway.com/"
	if rest, found := strings.CutPrefix(tag, "noprefix="); found {
		prefix, tag = "", rest
	}
	key, value, ok = strings.Cut(tag, "=")
	return prefix + key, value, ok
}

func isValidTaint(text string) bool {
	pair, effect, _ := strings.Cut(text, ":")
	key, value, _ := labelFromTag(pair)
	return slices.Contains(taintEffects(), effect) && CheckLabelKey("taint", key) == nil && CheckLabelValue("taint",
		value) == nil
}

func taintEffects() []string { return []string{"NoExecute", "NoSchedule", "PreferNoSchedule"} }
