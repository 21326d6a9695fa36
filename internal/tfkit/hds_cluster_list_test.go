package tfkit_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func TestIsImportableHDSCluster(t *testing.T) {
	t.Parallel()
	network := "11111111-2222-4333-8444-555555555555"
	for name, test := range map[string]struct {
		change  func(*k8s.Cluster)
		ownable bool
	}{
		"ready":              {func(*k8s.Cluster) {}, true},
		"creating":           {func(c *k8s.Cluster) { c.Status = k8s.ClusterStatusCreating }, true},
		"deleting":           {func(c *k8s.Cluster) { c.Status = k8s.ClusterStatusDeleting }, false},
		"deleted":            {func(c *k8s.Cluster) { c.Status = k8s.ClusterStatusDeleted }, false},
		"mutualised":         {func(c *k8s.Cluster) { c.Type = "kapsule" }, false},
		"kosmos":             {func(c *k8s.Cluster) { c.Type = "multicloud-dedicated-4" }, false},
		"another region":     {func(c *k8s.Cluster) { c.Region = scw.RegionNlAms }, false},
		"no Private Network": {func(c *k8s.Cluster) { c.PrivateNetworkID = nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := &k8s.Cluster{
				Type: "kapsule-dedicated-4", Region: scw.RegionFrPar, Status: k8s.ClusterStatusReady,
				PrivateNetworkID: &network,
			}
			test.change(cluster)
			if tfkit.IsImportableHDSCluster(cluster) != test.ownable {
				t.Errorf("got %t", !test.ownable)
			}
		})
	}
}

func TestContainsAll(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		tags, wanted []string
		have         bool
	}{
		{nil, nil, true}, {[]string{"a"}, nil, true}, {[]string{"b", "a"}, []string{"a", "b"}, true},
		{[]string{"a"}, []string{"a", "b"}, false}, {nil, []string{"a"}, false}, {[]string{"A"}, []string{"a"}, false},
	} {
		if tfkit.ContainsAll(test.tags, test.wanted) != test.have {
			t.Errorf("HaveAll(%q, %q) = %t", test.tags, test.wanted, !test.have)
		}
	}
}

func TestProjectIDValidator(t *testing.T) {
	t.Parallel()
	for value, refused := range map[string]bool{
		"11111111-2222-4333-8444-555555555555": false, "fr-par/11111111-2222-4333-8444-555555555555": true,
		"default": true,
		"":        true,
	} {
		var resp validator.StringResponse
		tfkit.ProjectIDValidator().ValidateString(
			t.Context(), validator.StringRequest{
				Path: path.Root("project_id"), ConfigValue: types.StringValue(value),
			}, &resp,
		)
		if resp.Diagnostics.HasError() != refused {
			t.Errorf("%q: %v", value, resp.Diagnostics)
		}
	}
}
