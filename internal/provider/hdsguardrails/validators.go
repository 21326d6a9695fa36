package hdsguardrails

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/scaleway/scaleway-sdk-go/scw"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// passphrase judges a passphrase, and never shows a character of it.
type passphrase struct{}

func (passphrase) Description(context.Context) string {
	return fmt.Sprintf("at least %d characters", guardrails.MinPassphrase)
}

func (p passphrase) MarkdownDescription(ctx context.Context) string { return p.Description(ctx) }

func (passphrase) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	n := utf8.RuneCountInString(text)
	_, size := utf8.DecodeRuneInString(text)
	switch {
	case strings.TrimSpace(text) != text:
		tfkit.Refuse(&resp.Diagnostics, req.Path, tfkit.Refusal{
			Summary: "The passphrase starts or ends with white space", Clause: "HDS-ENC-07",
			Found:   "a space, a tab or a newline at one end, such as the newline that ends a file",
			Allowed: "a passphrase without white space at its ends", Fix: "Remove it, as with trimspace(file(\"passphrase\")).",
		})
	case n >= guardrails.MinPassphrase && strings.Repeat(text[:size], n) == text:
		tfkit.Refuse(&resp.Diagnostics, req.Path, tfkit.Refusal{
			Summary: "The passphrase is one repeated character", Clause: "HDS-ENC-07", Found: fmt.Sprintf("one character, %d "+
				"times", n),
			Allowed: "a random passphrase", Fix: "Generate one, such as with `openssl rand -base64 48`, and keep it in a " +
				"secret manager.",
		})
	case n < guardrails.MinPassphrase:
		tfkit.Refuse(&resp.Diagnostics, req.Path, tfkit.Refusal{
			Summary: "The passphrase is too short", Clause: "HDS-ENC-07", Found: fmt.Sprintf("%d characters", n),
			Allowed: fmt.Sprintf("%d characters or more", guardrails.MinPassphrase),
			Fix: "Generate a random one, such as with `openssl rand -base64 48`, and keep it in a secret manager. Where no " +
				"Secret has to be written, pass null.",
		})
	}
}

func dnsName() validator.String {
	return tfkit.Checked("The value must be a name that Kubernetes accepts.", func(value string) error {
		if len(validation.IsDNS1123Label(value)) == 0 {
			return nil
		}
		return &compliance.Refusal{Summary: "The name is not one that Kubernetes accepts", Found: fmt.Sprintf("%q", value),
			Allowed: "at most 63 lower-case letters, digits and -, not at the ends", Fix: "Choose such a name."}
	})
}

func day() validator.String {
	return tfkit.Checked("The value must be a day.", func(value string) error {
		if _, err := time.Parse(time.DateOnly, value); err == nil {
			return nil
		}
		return &compliance.Refusal{
			Summary: "The value is not a day", Found: fmt.Sprintf("%q", value), Allowed: "YYYY-MM-DD", Fix: "Write it as in " +
				"2026-12-31.",
		}
	})
}

// checkStatement refuses an exemption or an exception that does not say why, or who approved it.
func checkStatement(name, text string) error {
	if strings.TrimSpace(text) != "" {
		return compliance.CheckDeclaration("", "The "+name+" of an entry", text)
	}
	return &compliance.Refusal{Summary: "The entry states nothing in " + name, Found: fmt.Sprintf("%q", text),
		Allowed: "words that a reviewer can check", Fix: "Say why the namespace is listed, and who approved it."}
}

// checkClusterID refuses what is not the id of a cluster in fr-par.
func checkClusterID(id string) error {
	region, _, err := scaleway.SplitID(id, scw.RegionFrPar)
	if err != nil {
		return &compliance.Refusal{Summary: "The id of the cluster is malformed", Found: err.Error(),
			Allowed: "fr-par/UUID, or a UUID alone",
			Fix:     "Write the id of an srm_hds_cluster."}
	}
	return compliance.CheckRegion(string(region))
}

// ownNamespace refuses the namespaces that every cluster has: that of the guardrails is isolated.
func ownNamespace() validator.String {
	return tfkit.Checked("The value must be the name of a namespace without workloads.", func(value string) error {
		if value != "default" && !strings.HasPrefix(value, "kube-") {
			return nil
		}
		return &compliance.Refusal{
			Rule: compliance.Rule{Clause: "HDS-ENC-03"}, Summary: "The namespace of the Secrets is one of the cluster's own",
			Found: value, Allowed: "a namespace without workloads, such as srm-system: not default, and none that begins with " +
				"kube-",
			Fix: "Leave it out, or choose another one: a NetworkPolicy denies all traffic in it, and its Pod Security labels " +
				"refuse most pods.",
		}
	})
}
