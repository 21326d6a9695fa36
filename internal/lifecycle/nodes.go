package lifecycle

import "time"

// RecommendedNodeAgeDays is the age at which Scaleway recommends to have replaced a node (clause LIF-04). Source: the
// definition of the managed Kubernetes service in Scaleway's documentation, 2025-07-15.
const RecommendedNodeAgeDays = 30

const wholeDay = 24 * time.Hour

// Age is the age of a node in whole days, and how many are left until the recommended limit, both rounded down: Left is
// negative once the limit has passed.
type Age struct{ Days, Left int }

// Over tells whether the node is older than recommended.
func (a Age) Over() bool { return a.Left < 0 }

// AgeAt is the age of a node at a moment. It is false where the creation is unknown or lies after that moment, on
// another day: on the day of its creation a node is new at any moment, as the start of the day is what is asked about
// by default.
func AgeAt(createdAt, at time.Time) (Age, bool) {
	if createdAt.IsZero() {
		return Age{}, false
	}
	if createdAt.After(at) {
		return Age{
			Days: 0, Left: RecommendedNodeAgeDays,
		}, createdAt.UTC().Truncate(wholeDay).Equal(at.UTC().Truncate(wholeDay))
	}
	limit := createdAt.Add(RecommendedNodeAgeDays * wholeDay)
	return Age{Days: daysBetween(createdAt, at), Left: daysBetween(at, limit)}, true
}

// daysBetween is the number of whole days from one moment to another, rounded down.
func daysBetween(from, to time.Time) int {
	passed := to.Sub(from)
	days := int(passed / wholeDay)
	if passed%wholeDay < 0 {
		days--
	}
	return days
}

// Sale is what the product catalogue says of a node type. A zero time is a date that it does not give. The names of the
// status are the API's.
type Sale struct {
	Status                                  string
	EndOfGrowthAt, EndOfSaleAt, EndOfLifeAt time.Time
	Replacements                            []string // The types that the catalogue recommends in its place.
}

// SaleStage is how far the end of a node type is.
type SaleStage string

// The stages of a node type, in their order; SaleUnknown has no place in it.
const (
	SaleOpen        SaleStage = "open"
	SaleNoFeatures  SaleStage = "end_of_new_features" // Sold as it is.
	SaleEndOfGrowth SaleStage = "end_of_growth"       // Not sold to new customers.
	SaleEndOfSale   SaleStage = "end_of_sale"         // No new node can be had.
	SaleEndOfLife   SaleStage = "end_of_life"         // Not supported any more.
	SaleUnknown     SaleStage = "unknown"
)

// SaleStages are all stages of a node type.
func SaleStages() []SaleStage {
	return []SaleStage{SaleOpen, SaleNoFeatures, SaleEndOfGrowth, SaleEndOfSale, SaleEndOfLife, SaleUnknown}
}

// StageAt is the stage of a node type at a moment. A date decides over the status, which is that of the day of the
// answer: the status counts where the date that it stands for is not given.
func (s Sale) StageAt(at time.Time) SaleStage {
	reached := func(date time.Time, statuses ...string) bool {
		if !date.IsZero() {
			return !at.Before(date)
		}
		for _, status := range statuses {
			if s.Status == status {
				return true
			}
		}
		return false
	}
	switch {
	case reached(s.EndOfLifeAt, "end_of_life", "retired"):
		return SaleEndOfLife
	case reached(s.EndOfSaleAt, "end_of_sale", "end_of_support", "end_of_deployment"):
		return SaleEndOfSale
	case reached(s.EndOfGrowthAt, "end_of_growth"):
		return SaleEndOfGrowth
	}
	switch s.Status {
	case "end_of_new_features":
		return SaleNoFeatures
	case "public_beta", "preview", "general_availability":
		return SaleOpen
	}
	// A status whose date has not come at that moment; any other is one that this code does not know.
	if _, _, ok := s.NextEnd(at); ok {
		return SaleOpen
	}
	return SaleUnknown
}

// NextEnd is the first of the dates that is still to come at a moment, and the stage that it brings; false where none
// is.
func (s Sale) NextEnd(at time.Time) (SaleStage, time.Time, bool) {
	for _, end := range []struct {
		stage SaleStage
		date  time.Time
	}{{SaleEndOfGrowth, s.EndOfGrowthAt}, {SaleEndOfSale, s.EndOfSaleAt}, {SaleEndOfLife, s.EndOfLifeAt}} {
		if end.date.After(at) {
			return end.stage, end.date, true
		}
	}
	return "", time.Time{}, false
}
