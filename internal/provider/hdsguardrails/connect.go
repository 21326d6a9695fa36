package hdsguardrails

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework/inside"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// connect is a client of the cluster's API server.
func (r *guardrailsResource) connect(ctx context.Context, clusterID string) (*kubernetes.Client, error) {
	return inside.Connect(ctx, r.provider, scw.RegionFrPar, clusterID)
}

// markFingerprints is the private key under which the fingerprints of the passphrases are kept.
const markFingerprints = "fingerprints"

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// fingerprints are those that are kept, or new ones where none are.
func fingerprints(ctx context.Context, private privateReader, diags *diag.Diagnostics) guardrails.Fingerprints {
	raw, found := private.GetKey(ctx, markFingerprints)
	diags.Append(found...)
	var kept guardrails.Fingerprints
	if len(raw) == 0 {
		return guardrails.NewFingerprints()
	}
	if err := json.Unmarshal(raw, &kept); err != nil || kept.Of == nil {
		diags.AddError("The private state of the guardrails cannot be read", "The fingerprints of the passphrases are damaged. Remove the resource from the state and import it again.")
		return guardrails.NewFingerprints()
	}
	return kept
}

func keepFingerprints(ctx context.Context, private privateWriter, kept guardrails.Fingerprints, diags *diag.Diagnostics) {
	raw, err := json.Marshal(kept)
	if err != nil {
		diags.AddError("The fingerprints of the passphrases cannot be kept", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, markFingerprints, raw)...)
}
