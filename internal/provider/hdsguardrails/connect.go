package hdsguardrails

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// errNotKnown is how a cluster is out of reach while the provider's own block depends on something that is not made yet.
var errNotKnown = errors.New("the provider's `kubernetes` block depends on a value that is not known until apply")

// unreachable says whether nothing can be known of the inside of a cluster from here, or not yet.
func unreachable(err error) bool { return kubernetes.IsUnreachable(err) || errors.Is(err, errNotKnown) }

// connect is a client of the cluster's API server, which authenticates with the provider's own API key.
func (r *guardrailsResource) connect(ctx context.Context, clusterID string) (*kubernetes.Client, error) {
	reach := r.provider.Kubernetes
	if reach.Unknown {
		return nil, errNotKnown
	}
	file, err := r.provider.API.Kubeconfig(ctx, scw.RegionFrPar, clusterID, reach.VPC)
	if err != nil {
		return nil, err
	}
	return kubernetes.FromKubeconfig(file, reach.Host, reach.TLSServerName, r.provider.API.SecretKey(), r.provider.UserAgent, reach.Interval)
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
