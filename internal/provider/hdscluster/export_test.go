package hdscluster

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// WarnOfTime is what a plan on a minor, with the bundled dates, warns of at a moment.
func WarnOfTime(ctx context.Context, minor string, now time.Time, diags *diag.Diagnostics) {
	parsed, err := lifecycle.ParseMinor(minor)
	if err != nil {
		panic(err)
	}
	var m model
	m.SetDates(ctx, parsed, nil, diags)
	m.WarnOfTime(ctx, now, diags)
}
