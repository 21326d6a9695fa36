package pool

import (
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// desired converts a plan, all of whose inputs are known. The pool has autohealing and public IPs: the caller sets what
// its resource decides.
func (m *commonModel) desired(region scw.Region) operations.Desired {
	desired := operations.Desired{
		Region: region, ClusterID: tfkit.BareID(m.ClusterID.ValueString()), Name: m.Name.ValueString(),
		NodeType: m.NodeType.ValueString(), Zone: scw.Zone(m.Zone.ValueString()), Autohealing: true,
		Size:             uint32(m.Size.ValueInt64()), //nolint:gosec // validated
		RootVolumeType:   k8s.PoolVolumeType(tfkit.StringAttribute(m.RootVolume, "type").ValueString()),
		RootVolumeSize:   scw.Size(int64OrZero(m.RootVolume, "size_gb")) * scw.GB, //nolint:gosec // validated
		PlacementGroupID: tfkit.BareID(m.PlacementGroupID.ValueString()),
		SecurityGroupID:  tfkit.BareID(m.SecurityGroupID.ValueString()),
		Labels:           stringMap(m.Labels), Taints: taintsFromSet(m.Taints),
		StartupTaints: taintsFromSet(m.StartupTaints),
		Tags:          tfkit.StringsFromSet(m.Tags), KubeletArgs: stringMap(m.KubeletArgs),
		UserData:                  stringMap(m.UserData),
		MaxTerminationGracePeriod: operations.DefaultGracePeriod,
	}
	if !m.Autoscaling.IsNull() {
		desired.Autoscaling = &operations.Bounds{
			Min: uint32(int64OrZero(m.Autoscaling, "min")), //nolint:gosec // validated
			Max: uint32(int64OrZero(m.Autoscaling, "max")), //nolint:gosec // validated
		}
	}
	if !m.UpgradePolicy.IsNull() {
		desired.UpgradePolicy = &operations.UpgradePolicy{
			MaxUnavailable: uint32(int64OrZero(m.UpgradePolicy, "max_unavailable")), //nolint:gosec // validated
			MaxSurge:       uint32(int64OrZero(m.UpgradePolicy, "max_surge")),       //nolint:gosec // validated
		}
	}
	if period, err := time.ParseDuration(m.MaxTerminationGracePeriod.ValueString()); err == nil {
		desired.MaxTerminationGracePeriod = period
	}
	if minor, ok := m.minor(); ok {
		desired.Version = &minor
	}
	return desired
}
