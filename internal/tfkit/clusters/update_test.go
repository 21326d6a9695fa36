package clusters

import (
	"net"
	"slices"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// TestAllowListsThatAreTheSame: an allow-list is written only where it differs, whatever the order of its rules.
func TestAllowListsThatAreTheSame(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	rule := func(cidr, description string) *k8s.ACLRuleRequest {
		_, parsed, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		return &k8s.ACLRuleRequest{IP: &scw.IPNet{IPNet: *parsed}, ScalewayRanges: &no, Description: description}
	}
	everybody := func(description string) *k8s.ACLRuleRequest {
		return &k8s.ACLRuleRequest{ScalewayRanges: &yes, Description: description}
	}
	office, runner := rule("192.0.2.0/24", "office"), rule("198.51.100.7/32", "")
	type list = []*k8s.ACLRuleRequest
	for _, test := range []struct {
		name string
		a, b list
		same bool
	}{
		{"nothing", nil, list{}, true},
		{"another order", list{office, runner}, list{runner, office}, true},
		{"twice", list{office}, list{office, office}, true},
		{"another description", list{office}, list{rule("192.0.2.0/24", "home")}, false},
		{"another range", list{office}, list{rule("192.0.2.0/25", "office")}, false},
		{"one more", list{office}, list{office, runner}, false},
		{"Scaleway's ranges by another name", list{office, everybody("a")}, list{everybody("b"), office}, true},
		{"Scaleway's ranges besides", list{office}, list{office, everybody("a")}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if same := slices.Equal(compared(test.a), compared(test.b)); same != test.same {
				t.Errorf("%q and %q are the same: %t", compared(test.a), compared(test.b), same)
			}
		})
	}
}
