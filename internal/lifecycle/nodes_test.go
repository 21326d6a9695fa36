package lifecycle

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func TestSkewBetween(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		controlPlane, kubelet string
		want                  Skew
		behind                int
	}{
		{"1.35.9", "1.35.9", SkewNone, 0},
		{"1.35.9", "1.35.3", SkewOlderPatch, 0},
		{"1.35.9", "1.35.10", SkewNewer, 0},
		{"1.35.9", "1.34.10", SkewOlderMinor, 1},
		{"1.35.9", "1.32.0", SkewOlderMinor, 3},
		{"1.35.9", "1.31.14", SkewTooOld, 4},
		{"1.35.9", "1.36.0", SkewNewer, 0},
		{"1.27.0", "1.24.9", SkewTooOld, 3}, // Before kubelet 1.25 two minors were allowed.
		{"1.26.0", "1.24.9", SkewOlderMinor, 2},
		{"2.0.0", "1.40.0", SkewTooOld, 0},
		{"1.40.0", "2.0.0", SkewNewer, 0},
		{"1.35", "1.35.9", SkewUnknown, 0},
		{"1.35.9", "", SkewUnknown, 0},
	} {
		if got, behind := SkewBetween(test.controlPlane, test.kubelet); got != test.want || behind != test.behind {
			t.Errorf(
				"%s under %s: %s, %d, want %s, %d", test.kubelet, test.controlPlane, got, behind, test.want,
				test.behind,
			)
		}
	}
}

// TestSkewBetweenIsMonotonic checks that an older kubelet never has a better skew than a newer one.
func TestSkewBetweenIsMonotonic(t *testing.T) {
	t.Parallel()
	rank := map[Skew]int{SkewTooOld: 0, SkewOlderMinor: 1, SkewOlderPatch: 2, SkewNone: 3, SkewNewer: 4}
	random := rand.New(rand.NewPCG(7, 8))
	randomVersion := func() Version { return Version{Minor{1, 20 + random.IntN(16)}, random.IntN(4)} }
	for range 5000 {
		control, a, b := randomVersion(), randomVersion(), randomVersion()
		if a.Compare(b) > 0 {
			a, b = b, a
		}
		// The stricter limit for kubelets before 1.25 does not break the order.
		older, _ := SkewBetween(control.String(), a.String())
		newer, _ := SkewBetween(control.String(), b.String())
		if rank[older] > rank[newer] {
			t.Fatalf("under %v, %v is %s and %v is %s", control, a, older, b, newer)
		}
	}
}

func TestNodeAgeAt(t *testing.T) {
	t.Parallel()
	created := day(2026, 10, 1).Add(9 * time.Hour)
	for _, test := range []struct {
		after      time.Duration
		days, left int
		over       bool
	}{
		{0, 0, 30, false}, {time.Hour, 0, 29, false}, {24 * time.Hour, 1, 29, false}, {
			30*24*time.Hour - 1, 29, 0, false,
		},
		{30 * 24 * time.Hour, 30, 0, false}, {30*24*time.Hour + 1, 30, -1, true}, {31 * 24 * time.Hour, 31, -1, true}, {
			45*24*time.Hour + 5, 45, -16, true,
		},
	} {
		age, ok := NodeAgeAt(created, created.Add(test.after))
		if !ok || age != (NodeAge{test.days, test.left}) || (age.Left < 0) != test.over {
			t.Errorf("after %v: %+v, %v, over %v", test.after, age, ok, age.Left < 0)
		}
	}
	for name, times := range map[string][2]time.Time{
		"unknown": {{}, created}, "in the future": {created, created.UTC().Truncate(24 * time.Hour).Add(-1)},
	} {
		if age, ok := NodeAgeAt(times[0], times[1]); ok {
			t.Errorf("%s: %+v", name, age)
		}
	}
	// The start of the first day is the default time.
	first := day(2026, 11, 24)
	if age, ok := NodeAgeAt(first.Add(23*time.Hour), first); !ok || age != (NodeAge{0, 30}) {
		t.Errorf("on its first day: %+v, %v", age, ok)
	}
}

func TestSaleStageAt(t *testing.T) {
	t.Parallel()
	now := day(2026, 11, 24)
	dated := func(status string, growth, sale, life time.Time) Sale {
		return Sale{Status: status, EndOfGrowthAt: growth, EndOfSaleAt: sale, EndOfLifeAt: life}
	}
	past, future, none := day(2026, 1, 1), day(2027, 3, 31), time.Time{}
	for _, test := range []struct {
		name string
		sale Sale
		want SaleStage
	}{
		{"available", Sale{Status: "general_availability"}, SaleOpen},
		{"in beta", Sale{Status: "public_beta"}, SaleOpen},
		{"no features", Sale{Status: "end_of_new_features"}, SaleNoFeatures},
		{"no growth", Sale{Status: "end_of_growth"}, SaleEndOfGrowth},
		{"no deployment", Sale{Status: "end_of_deployment"}, SaleEndOfSale},
		{"no support", Sale{Status: "end_of_support"}, SaleEndOfSale},
		{"no sale", Sale{Status: "end_of_sale"}, SaleEndOfSale},
		{"end of life", Sale{Status: "end_of_life"}, SaleEndOfLife},
		{"retired", Sale{Status: "retired"}, SaleEndOfLife},
		{"unknown status", Sale{Status: "unknown_status"}, SaleUnknown},
		{"no status", Sale{}, SaleUnknown},
		{"a status that the API does not have yet", Sale{Status: "end_of_everything"}, SaleUnknown},
		{"announced", dated("general_availability", none, future, none), SaleOpen},
		{"a date in the past", dated("general_availability", none, past, future), SaleEndOfSale},
		{"a date today", dated("general_availability", none, now, none), SaleEndOfSale},
		// The status is that of the day of the API's response, and the assessed time is earlier.
		{"a date in the future", dated("end_of_sale", none, future, none), SaleOpen},
		{
			"end of growth in the past, end of sale in the future", dated(
				"end_of_sale", past, future, none,
			), SaleEndOfGrowth,
		},
		{"all dates in the past", dated("general_availability", past, past, past), SaleEndOfLife},
	} {
		if got := test.sale.StageAt(now); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	if stage, date, ok := dated(
		"end_of_growth", past, future, day(2028, 1, 1),
	).NextEnd(now); !ok || stage != SaleEndOfSale || !date.Equal(future) {
		t.Errorf("got %s, %s, %v", stage, date, ok)
	}
	if stage, _, ok := dated("retired", past, past, past).NextEnd(now); ok {
		t.Errorf("got %s", stage)
	}
}

// TestSaleNeverGoesBack checks random products at increasing times.
func TestSaleNeverGoesBack(t *testing.T) {
	t.Parallel()
	rank := map[SaleStage]int{}
	for i, stage := range SaleStages() {
		rank[stage] = i
	}
	statuses := []string{"general_availability", "end_of_new_features", "end_of_growth", "end_of_sale", "end_of_life"}
	random := rand.New(rand.NewPCG(9, 10))
	for range 3000 {
		// The dates are in order, as for a product; some are missing.
		dates, date := [3]time.Time{}, day(2025, 1, 1)
		for i := range dates {
			date = date.AddDate(0, 0, random.IntN(400))
			if random.IntN(3) > 0 {
				dates[i] = date
			}
		}
		sale := Sale{
			Status: statuses[random.IntN(len(statuses))], EndOfGrowthAt: dates[0], EndOfSaleAt: dates[1],
			EndOfLifeAt: dates[2],
		}
		last, now := -1, day(2024, 6, 1)
		for range 40 {
			now = now.AddDate(0, 0, random.IntN(60))
			stage := sale.StageAt(now)
			if stage == SaleUnknown {
				continue
			}
			if rank[stage] < last {
				t.Fatalf("%s: %s on %s after %s", fmt.Sprint(sale), stage, now, SaleStages()[last])
			}
			last = rank[stage]
		}
	}
}
