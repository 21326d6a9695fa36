package externalnode

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
)

const (
	testPoolID = "11111111-2222-4333-8444-555555555555"
	testNodeID = "99999999-2222-4333-8444-555555555555"
)

// knownModel returns a plan without unknown values.
func knownModel() *model {
	digests := map[string]attr.Type{"amd64": types.StringType, "arm64": types.StringType}
	return &model{
		PoolID: types.StringValue("fr-par/" + testPoolID), Name: types.StringValue("edge-1"),
		Address: types.StringValue("203.0.113.10"), Enrolment: types.StringValue(enrolledByMachine),
		Agent: types.ObjectValueMust(map[string]attr.Type{
			"version": types.StringType, "download_url": types.StringType,
			"sha256": types.ObjectType{AttrTypes: digests},
		}, map[string]attr.Value{
			"version": types.StringValue("0.1.5"), "download_url": types.StringValue(defaultDownload),
			"sha256": types.ObjectValueMust(digests, map[string]attr.Value{
				"amd64": types.StringValue("0b"), "arm64": types.StringNull(),
			}),
		}),
		CredentialSource: types.ObjectNull(nil), SSH: types.ObjectNull(nil), WaitForReady: types.BoolValue(true),
	}
}

// TestDesired: there is no desired node while a value is unknown.
func TestDesired(t *testing.T) {
	t.Parallel()
	want := operations.Desired{Address: "203.0.113.10", EnrolsItself: true, WaitForReady: true}
	if desired, ok := knownModel().desired(); !ok || desired != want {
		t.Errorf("desired %+v, %t; want %+v", desired, ok, want)
	}
	for name, forget := range map[string]func(*model){
		"pool_id":           func(m *model) { m.PoolID = types.StringUnknown() },
		"name":              func(m *model) { m.Name = types.StringUnknown() },
		"address":           func(m *model) { m.Address = types.StringUnknown() },
		"agent":             func(m *model) { m.Agent = types.ObjectUnknown(nil) },
		"enrolment":         func(m *model) { m.Enrolment = types.StringUnknown() },
		"credential_source": func(m *model) { m.CredentialSource = types.ObjectUnknown(nil) },
		"ssh":               func(m *model) { m.SSH = types.ObjectUnknown(nil) },
		"wait_for_ready":    func(m *model) { m.WaitForReady = types.BoolUnknown() },
	} {
		m := knownModel()
		forget(m)
		if desired, ok := m.desired(); ok || desired != (operations.Desired{}) {
			t.Errorf("unknown %s: desired %+v, %t", name, desired, ok)
		}
	}
}

// TestObserved: the credential of a state comes from its script, and ids have no region.
func TestObserved(t *testing.T) {
	t.Parallel()
	m, data := knownModel(), testBootstrapData()
	m.ID, m.Enrolment = types.StringValue("fr-par/"+testNodeID), types.StringValue(enrolledByProvider)
	if err := m.setPrograms(data); err != nil {
		t.Fatal(err)
	}
	want := operations.Observed{
		Region: scw.RegionFrPar, PoolID: testPoolID, ID: testNodeID, Name: "edge-1", Address: "203.0.113.10",
		Credential: data.credential,
	}
	if observed := m.observed(scw.RegionFrPar); observed != want {
		t.Errorf("observed %+v, want %+v", observed, want)
	}
	want = operations.Observed{Region: scw.RegionFrPar, EnrolsItself: true}
	if observed := (&model{Enrolment: types.StringValue(enrolledByMachine)}).observed(
		scw.RegionFrPar,
	); observed != want {
		t.Errorf("observed %+v without programs, want %+v", observed, want)
	}
}

// TestSetReading: a reading sets what it contains. Values of the Kubernetes API that were not read stay.
func TestSetReading(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	node := &k8s.Node{Region: scw.RegionFrPar, ID: testNodeID, PoolID: testPoolID, Name: "scw-edge", Status: "ready"}
	m := knownModel()
	m.markUnknown()
	m.VersionUsed = types.StringUnknown()
	m.setReading(operations.Reading{Identity: &operations.Identity{
		Region: scw.RegionFrPar, ID: testNodeID, Name: "scw-edge", PoolVersion: "1.36.1",
	}}, &diags)
	if m.uuid() != testNodeID || m.VersionUsed.ValueString() != "1.36.1" || !m.Status.IsUnknown() {
		t.Errorf("after the credential was used: id %s, version %s, status %s", m.ID, m.VersionUsed, m.Status)
	}
	m.setReading(operations.Reading{Node: node}, &diags)
	if m.Status.ValueString() != "ready" || !m.VersionSkew.IsUnknown() || !m.KubeletVersion.IsUnknown() {
		t.Errorf("after a read that failed: status %s, skew %s, kubelet %s", m.Status, m.VersionSkew, m.KubeletVersion)
	}
	complete := operations.Reading{Node: node, Cluster: &k8s.Cluster{Version: "1.36.1"}}
	m.setReading(complete, &diags)
	if m.VersionSkew.ValueString() != "none" || !m.KubeletVersion.IsNull() || !m.LastSeenAt.IsNull() {
		t.Errorf("without a Node object: skew %s, kubelet %s", m.VersionSkew, m.KubeletVersion)
	}
	complete.Object = &kubernetes.Node{KubeletVersion: "v1.31.2"}
	m.setReading(complete, &diags)
	complete.Object = nil
	m.setReading(complete, &diags)
	if m.KubeletVersion.ValueString() != "1.31.2" || m.VersionSkew.ValueString() != "too_old" || len(diags) != 1 {
		t.Errorf("kubelet %s, skew %s, %v", m.KubeletVersion, m.VersionSkew, diags)
	}
}
