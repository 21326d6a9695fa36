package cluster_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-srm/terraform-provider-srm/internal/provider/cluster"
)

// versionWarnings returns the summaries of the warnings of a plan on 1.35, with the bundled dates, at the time now.
func versionWarnings(t *testing.T, now time.Time) string {
	t.Helper()
	var diags diag.Diagnostics
	cluster.WarnVersionLifecycle(t.Context(), "1.35", now, &diags)
	summaries := []string{}
	for _, found := range diags.Warnings() {
		summaries = append(summaries, found.Summary())
	}
	return strings.Join(summaries, "; ")
}
