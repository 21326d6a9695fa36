package externalnode

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// nodes returns the client of the operations.
func (r *nodeResource) nodes() operations.Client {
	p := r.provider
	connect := func(ctx context.Context, region scw.Region, clusterID string) (operations.NodeClient, error) {
		client, err := clusteraccess.Connect(ctx, p, region, clusterID)
		if err != nil {
			return nil, err
		}
		return client, nil
	}
	return operations.Client{
		API: p.API, EnrolledNodes: &p.EnrolledNodes,
		Kubernetes: operations.Kubernetes{
			Connect: connect, IsUnknown: p.Kubernetes.IsUnknown,
			FailOnUnreachable: p.Kubernetes.FailOnUnreachable, Unreachable: &p.UnreachableClusters,
		},
	}
}

// desired converts a plan. It returns false while a value is unknown.
func (m *model) desired() (operations.Desired, bool) {
	if m.Address.IsUnknown() || m.Enrolment.IsUnknown() || m.WaitForReady.IsUnknown() || !m.isBootstrapDataKnown() {
		return operations.Desired{}, false
	}
	return operations.Desired{
		Address: m.Address.ValueString(), EnrolsItself: m.enrolsItself(), WaitForReady: m.WaitForReady.ValueBool(),
	}, true
}

// observed converts a state. The credential is part of the script.
func (m *model) observed(region scw.Region) operations.Observed {
	_, _, credential := parseEnrolment(m.Script.ValueString())
	return operations.Observed{
		Region: region, PoolID: tfkit.BareID(m.PoolID.ValueString()), ID: m.uuid(), Name: m.Name.ValueString(),
		Address: m.Address.ValueString(), EnrolsItself: m.enrolsItself(), Credential: credential,
	}
}
