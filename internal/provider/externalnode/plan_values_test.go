package externalnode_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestPlannedValues checks that a computed value is unknown at plan only if the planned change can change it.
func TestPlannedValues(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	node := r.newLifecycle(nil)
	if output := node.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	observed := []string{"kubelet_version", "last_seen_at", "status", "version_skew"}
	attestation := func(name string) map[string]any {
		return map[string]any{"attestation": map[string]any{
			"owner": "Hospital IT", "os": "Debian 12", "os_patching": "unattended",
			"hardening_baseline": "ANSSI-BP-028",
			"firewall":           "nftables",
			"monitoring":         "node exporter", "document_uri": "https://wiki.example.org/edge-1",
			"document_sha256": strings.Repeat("0a", 32),
			"reviewed_by":     "CISO", "reviewed_on": "2026-11-01", "valid_days": int64(365), name: acctest.Unknown,
		}}
	}
	for _, test := range []struct {
		name    string
		changes map[string]any
		unknown []string
	}{
		{"no change", nil, nil},
		{"name", map[string]any{"name": "edge-2"}, nil},
		{
			"unknown name", map[string]any{"name": acctest.Unknown}, []string{
				"cleanup_script", "cloud_init", "name", "script",
			},
		},
		{"address", map[string]any{"address": "203.0.113.11"}, nil},
		{"unknown address", map[string]any{"address": acctest.Unknown}, []string{"address"}},
		{"unknown SSH", map[string]any{"ssh": acctest.Unknown}, []string{"cloud_init", "script", "ssh"}},
		{
			"unknown SSH and another name", map[string]any{
				"ssh": acctest.Unknown, "name": "edge-2",
			}, []string{"cloud_init", "script", "ssh"},
		},
		{"unknown owner", attestation("owner"), []string{"attestation"}},
		{"unknown review", attestation("reviewed_on"), []string{"attestation", "attestation_expires_at"}},
		{"wait_for_ready", map[string]any{"wait_for_ready": true}, observed},
		{
			"unknown wait_for_ready", map[string]any{"wait_for_ready": acctest.Unknown}, append(
				slices.Clone(observed), "wait_for_ready",
			),
		},
	} {
		node.Configure(r.nodeAttributes(test.changes))
		found := node.PlannedUnknownAttributes(t.Context())
		slices.Sort(test.unknown)
		if !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown attributes are %v, want %v", test.name, found, test.unknown)
		}
	}
}
