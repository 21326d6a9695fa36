package guardrails

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// configuredPassphrase returns the passphrase from the configuration, the only place that holds a write-only value. It
// is unknown if all of volume_encryption is unknown.
func configuredPassphrase(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) types.String {
	var encryption types.Object
	diags.Append(config.GetAttribute(ctx, path.Root("volume_encryption"), &encryption)...)
	if encryption.IsUnknown() {
		return types.StringUnknown()
	}
	return tfkit.StringAttribute(encryption, "passphrase_wo")
}

// checkPassphrase refuses a configuration without a passphrase if a Secret has to be written, and a passphrase that
// differs from the one that was written. It warns about one that is not used. A passphrase that is not known yet is not
// checked.
func checkPassphrase(
	desired operations.Desired, observed operations.Observed, given types.String, diags *diag.Diagnostics,
) {
	if given.IsUnknown() {
		return
	}
	at, secret := path.Root("volume_encryption").AtName("passphrase_wo"), "Secret "+desired.CurrentSecret()
	switch desired.CheckPassphrase(observed) {
	case operations.PassphraseAccepted:
	case operations.PassphraseMissing:
		addMissingPassphrase(secret, diags)
	case operations.PassphraseChanged:
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: "The passphrase of a version cannot be changed", Clause: "HDS-ENC-03",
			Found: fmt.Sprintf(
				"a passphrase that differs from that of version %d (%s); the state has version %d", desired.Version,
				secret, observed.Version,
			),
			Allowed: "the passphrase of that version, or a new version",
			Fix: "Raise passphrase_wo_version: the provider writes the new passphrase to a separate Secret, and " +
				"existing volumes keep theirs.",
		})
	case operations.PassphraseUnused:
		tfkit.AddWarning(diags, at, tfkit.Problem{
			Summary: "The passphrase differs from the one in the cluster and is not used", Clause: "HDS-ENC-03",
			Found:   fmt.Sprintf("a passphrase that differs from that of version %d (%s)", desired.Version, secret),
			Allowed: "null, the passphrase of that version, or a new version",
			Fix: "To use a new passphrase, raise passphrase_wo_version. If no Secret has to be written, for example " +
				"in a plan with a read-only API key, pass null.",
		})
	}
}

func addMissingPassphrase(secret string, diags *diag.Diagnostics) {
	tfkit.AddError(diags, path.Root("volume_encryption").AtName("passphrase_wo"), tfkit.Problem{
		Summary: "The passphrase is missing",
		Clause:  "HDS-ENC-03",
		Found:   "passphrase_wo is null, and " + secret + " has to be written",
		Allowed: "null if no Secret has to be written: the guardrails exist, passphrase_wo_version is not new, and " +
			"the Secret is in the cluster",
		Fix: fmt.Sprintf("Set passphrase_wo. A plan of a new version accepts any text of %d characters or more; an "+
			"apply writes it.", guardrails.MinPassphraseLength),
	})
}

// checkSecretDrift refuses a plan if a Secret with a passphrase was changed or deleted: the provider cannot restore its
// value.
func checkSecretDrift(desired operations.Desired, observed operations.Observed, diags *diag.Diagnostics) {
	for _, d := range observed.LostSecrets(desired) {
		tfkit.AddError(diags, path.Root("volume_encryption"), tfkit.Problem{
			Summary: "A Secret with a passphrase was changed or deleted", Clause: "HDS-ENC-03", Found: d.String(),
			Allowed: "the unchanged Secret: volumes that were encrypted with its passphrase need it at their next " +
				"mount",
			Fix: "Restore the Secret by hand with its old passphrase, then plan again. The provider does not " +
				"overwrite it. If the Secret is correct and the state is wrong, remove the resource from the state " +
				"and import it again.",
		})
	}
}
