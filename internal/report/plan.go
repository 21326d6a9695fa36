package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Plan is what a report shows of the plan of a change: the responsibilities that it shifts. Nothing else of the plan is
// kept, since plans hold secrets.
type Plan struct {
	Shifts  []Shift // To the customer, with this change.
	Returns []Shift // No longer to the customer.
}

// Shift is a responsibility that a resource shifts.
type Shift struct {
	Address string // Of the resource.
	Key     string `json:"key"`
	Clause  string `json:"clause"`
	To      string `json:"to"`
	Reason  string `json:"reason"`
}

// ParsePlan reads the output of `terraform show -json` for a plan.
func ParsePlan(text []byte) (*Plan, error) {
	type values struct {
		Transfers []Shift `json:"responsibility_transfers"`
	}
	var document struct {
		FormatVersion   string `json:"format_version"`
		ResourceChanges []struct {
			Address string `json:"address"`
			Change  struct {
				Before json.RawMessage `json:"before"`
				After  json.RawMessage `json:"after"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("it is not JSON of `terraform show -json`: %w", err)
	}
	if document.FormatVersion == "" {
		return nil, errors.New("it has no format_version: write it with `terraform show -json plan.tfplan`")
	}
	plan := &Plan{}
	for _, r := range document.ResourceChanges {
		var before, after values
		// Resources of other providers may have an attribute of the same name and another type.
		if json.Unmarshal(r.Change.Before, &before) != nil && !isNull(r.Change.Before) ||
			json.Unmarshal(r.Change.After, &after) != nil && !isNull(r.Change.After) {
			continue
		}
		plan.Shifts = append(plan.Shifts, newShifts(r.Address, after.Transfers, before.Transfers)...)
		plan.Returns = append(plan.Returns, newShifts(r.Address, before.Transfers, after.Transfers)...)
	}
	for _, shifts := range [][]Shift{plan.Shifts, plan.Returns} {
		slices.SortFunc(
			shifts, func(a, b Shift) int { return strings.Compare(a.Address+"\x00"+a.Key, b.Address+"\x00"+b.Key) },
		)
	}
	return plan, nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// newShifts returns those of shifts whose keys are not in others.
func newShifts(address string, shifts, others []Shift) []Shift {
	found := []Shift{}
	for _, s := range shifts {
		if s.Key != "" && !slices.ContainsFunc(others, func(o Shift) bool { return o.Key == s.Key }) {
			s.Address = address
			found = append(found, s)
		}
	}
	return found
}
