package cluster

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// WarnVersionLifecycle adds the warnings of a plan at the time now about a minor version with the bundled dates.
func WarnVersionLifecycle(ctx context.Context, minor string, now time.Time, diags *diag.Diagnostics) {
	parsed, err := lifecycle.ParseMinor(minor)
	if err != nil {
		panic(err)
	}
	var m hdsModel
	m.setVersionDates(ctx, parsed, nil, diags)
	m.warnAboutVersionDates(ctx, now, diags)
}
