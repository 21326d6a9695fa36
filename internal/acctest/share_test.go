package acctest

import (
	"fmt"
	"testing"
)

// TestShares checks that each test is in exactly one of the two shares with all its subtests, and that both shares have
// tests.
func TestShares(t *testing.T) {
	t.Parallel()
	first, second, inFirst := &shareOfTests{}, &shareOfTests{}, 0
	for i := range 20 {
		test := fmt.Sprintf("TestOne/case_%d", i)
		one, two := first.add(test, test, "1/2"), second.add(test, test, "2/2")
		if one == two {
			t.Errorf("%s: in the first share %t, in the second %t", test, one, two)
		}
		if one {
			inFirst++
		}
		subtest := test + "/subtest" // its own name would put some of them into the other share
		own, other, name := first, second, "2/2"
		if two {
			own, other, name = second, first, "1/2"
		}
		if !own.has(subtest) || !own.add(subtest, subtest, name) || other.has(subtest) {
			t.Errorf("%s is not in the share of its parent alone", subtest)
		}
	}
	if inFirst == 0 || inFirst == 20 {
		t.Errorf("%d of 20 tests are in the first share", inFirst)
	}
}
