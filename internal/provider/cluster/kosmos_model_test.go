package cluster

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestKosmosAllowListRoundTrip(t *testing.T) {
	t.Parallel()
	_, office, err := net.ParseCIDR("192.0.2.0/24")
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	for _, test := range []struct {
		name   string
		rules  []*k8s.ACLRule
		ranges int
		// scalewayRanges is the expected value of scaleway_ranges.
		scalewayRanges bool
	}{
		{"empty", nil, 0, false},
		{"one range", []*k8s.ACLRule{{IP: &scw.IPNet{IPNet: *office}, ScalewayRanges: &no}}, 1, false},
		{"Scaleway's ranges", []*k8s.ACLRule{{ScalewayRanges: &yes, Description: "of another tool"}}, 0, true},
		{
			"both", []*k8s.ACLRule{
				{ScalewayRanges: &yes}, {IP: &scw.IPNet{IPNet: *office}, Description: "office"},
			}, 1, true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var m kosmosModel
			var diags diag.Diagnostics
			m.refreshAllowList(test.rules)
			if m.ScalewayRanges.ValueBool() != test.scalewayRanges || len(m.AllowedIPRanges.Elements()) != test.ranges {
				t.Errorf("allowed_ip_ranges %s, scaleway_ranges %s", m.AllowedIPRanges, m.ScalewayRanges)
			}
			found := m.observed(t.Context(), &diags).AllowList
			if diags.HasError() || len(found) != len(test.rules) {
				t.Errorf("%d rules, want %d; %v", len(found), len(test.rules), diags)
			}
			for _, rule := range found {
				if rule.Range.IsValid() == rule.ScalewayRanges {
					t.Errorf("rule without exactly one of a range and Scaleway's ranges: %+v", rule)
				}
			}
		})
	}
}

func TestKosmosCheckType(t *testing.T) {
	t.Parallel()
	for name, accepted := range map[string]bool{
		"multicloud": true, "multicloud-dedicated-4": true, "multicloud-dedicated-16": true,
		"multicloud-dedicated-": false,
		"multicloud-":           false,
		"Multicloud":            false, "kapsule": false, "kapsule-dedicated-8": false, "kapsulex": false, "": false,
	} {
		err := checkKosmosType(name)
		if (err == nil) != accepted {
			t.Errorf("%q: %v", name, err)
		}
		if kapsule := name == "kapsule" || strings.HasPrefix(name, "kapsule-"); err != nil && strings.Contains(
			err.Error(), "srm_hds_cluster",
		) != kapsule {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestKosmosCheckReview checks that an old review is a warning, never an error.
func TestKosmosCheckReview(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)
	for _, test := range []struct{ day, want string }{
		{"2026-11-24", ""}, {"2026-11-25", "is in the future"}, {"2025-11-25", ""}, {"2025-11-23", "is more than a " +
			"year old"}, {"someday", ""},
	} {
		object := types.ObjectValueMust(map[string]attr.Type{"by": types.StringType, "reviewed_on": types.StringType},
			map[string]attr.Value{"by": types.StringValue("x"), "reviewed_on": types.StringValue(test.day)})
		var diags diag.Diagnostics
		m := kosmosModel{NoHealthData: object}
		m.checkReview(now, &diags)
		if diags.HasError() || (len(diags) > 0) != (test.want != "") {
			t.Fatalf("%s: %v", test.day, diags)
		}
		if test.want != "" && (!strings.Contains(
			diags[0].Summary(), test.want,
		) || !strings.Contains(diags[0].Detail(), "HDS-SCP-02")) {
			t.Errorf("%s: %v", test.day, diags)
		}
	}
}
