package clusters

import (
	"net"
	"slices"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// TestNormalizeRules checks that the order of rules does not make two allow-lists differ.
func TestNormalizeRules(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	rule := func(cidr, description string) *k8s.ACLRuleRequest {
		_, parsed, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		return &k8s.ACLRuleRequest{IP: &scw.IPNet{IPNet: *parsed}, ScalewayRanges: &no, Description: description}
	}
	scaleway := func(description string) *k8s.ACLRuleRequest {
		return &k8s.ACLRuleRequest{ScalewayRanges: &yes, Description: description}
	}
	office, runner := rule("192.0.2.0/24", "office"), rule("198.51.100.7/32", "")
	type list = []*k8s.ACLRuleRequest
	for _, test := range []struct {
		name string
		a, b list
		same bool
	}{
		{"empty", nil, list{}, true},
		{"another order", list{office, runner}, list{runner, office}, true},
		{"duplicate", list{office}, list{office, office}, true},
		{"another description", list{office}, list{rule("192.0.2.0/24", "home")}, false},
		{"another range", list{office}, list{rule("192.0.2.0/25", "office")}, false},
		{"another rule", list{office}, list{office, runner}, false},
		{"Scaleway's ranges with another description", list{office, scaleway("a")}, list{scaleway("b"), office}, true},
		{"Scaleway's ranges added", list{office}, list{office, scaleway("a")}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if same := slices.Equal(normalizeRules(test.a), normalizeRules(test.b)); same != test.same {
				t.Errorf("compared %q and %q: equal %t", normalizeRules(test.a), normalizeRules(test.b), same)
			}
		})
	}
}
