package externalnode

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

// checkAddress refuses what is no address under which a machine is known on the internet.
func checkAddress(text string) error {
	refusal := &compliance.Refusal{Summary: "The address of the machine is not a public IP address",
		Found:   strconv.Quote(text),
		Allowed: `one IPv4 or IPv6 address, such as "203.0.113.10"`, Fix: "Give the address with which the machine reaches " +
			"the internet; behind a NAT that is the NAT's."}
	address, err := netip.ParseAddr(text)
	switch {
	case err != nil || address.Zone() != "":
		return refusal
	case address.String() != text:
		refusal.Found, refusal.Fix = refusal.Found+", another spelling of "+address.String(), fmt.Sprintf("Write %q.",
			address)
		return refusal
	case !address.IsGlobalUnicast() || address.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(address):
		refusal.Found += ", which no host on the internet has"
		return refusal
	}
	return nil
}

// checkRange refuses what is no range, and the world.
func checkRange(text string) error {
	prefix, err := compliance.ParseAllowRange(text)
	if err != nil {
		return err
	}
	if open, why := compliance.OpenToWorld([]netip.Prefix{prefix}); open {
		return refuseOpenSSH(why)
	}
	return nil
}

func checkAgentDigest(text string) error { return compliance.CheckDigest("agent", text) }

func checkAgentVersion(text string) error {
	if regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`).MatchString(text) {
		return nil
	}
	return &compliance.Refusal{Summary: "The version of the agent is not a version", Found: strconv.Quote(text),
		Allowed: `three numbers, such as "0.1.5"`,
		Fix:     "Name one release: what is latest changes without notice. The `v` of its tag is left out."}
}

func checkDownload(text string) error {
	place, err := url.Parse(text)
	if err == nil && (place.Scheme == "https" || place.Scheme == "http") && place.Hostname() != "" &&
		place.User == nil && !strings.ContainsAny(text, " \t\r\n\"'\\") {
		return nil
	}
	return &compliance.Refusal{Summary: "The agent cannot be downloaded from there", Found: strconv.Quote(text),
		Allowed: "an http or https URL without a password",
		Fix:     "Give the address of the binary; {version} and {arch} are filled in. Its digest makes up for plain http."}
}

func checkPath(text string) error {
	if filepath.IsAbs(text) && filepath.Clean(text) == text && !strings.ContainsAny(text, "\r\n") {
		return nil
	}
	return &compliance.Refusal{Summary: "The file of the key is not named by an absolute path",
		Found: strconv.Quote(text), Allowed: `a path such as "/root/scaleway-key"`,
		Fix: "Name the file as it is on the machine."}
}

func checkCommand(text string) error {
	if strings.TrimSpace(text) != "" && !strings.ContainsAny(text, "\r\n") {
		return nil
	}
	return &compliance.Refusal{Summary: "The command that prints the key is not one line", Found: strconv.Quote(text),
		Allowed: "one command line",
		Fix:     "Put a longer one into a file on the machine, and name that."}
}

// check refuses what belongs together and does not; all findings at once.
func (m *model) check(diags *diag.Diagnostics) {
	tfkit.CheckAttestation(m.Attestation, path.Root("attestation"), diags)
	m.checkDigests(diags)
	m.checkSource(diags)
	m.checkSSH(diags)
}

// checkSSH judges the ranges together: each alone is judged by the validator of the attribute.
func (m *model) checkSSH(diags *diag.Diagnostics) {
	prefixes := []netip.Prefix{}
	for _, text := range tfkit.Strings(m.ranges()) {
		prefix, err := compliance.ParseAllowRange(text)
		if err != nil {
			return
		}
		if open, _ := compliance.OpenToWorld([]netip.Prefix{prefix}); open {
			return
		}
		prefixes = append(prefixes, prefix)
	}
	at := path.Root("ssh").AtName("allowed_ip_ranges")
	if open, why := compliance.OpenToWorld(prefixes); open {
		tfkit.RefuseError(diags, at, refuseOpenSSH(why))
	} else if wide, what := compliance.Wide(prefixes); wide {
		tfkit.Warn(diags, at, tfkit.Refusal{Summary: "SSH is open to a large part of the internet", Clause: "EXT-03",
			Found:   what,
			Allowed: "the ranges that administrators come from", Fix: "Narrow the ranges, or reach the machine through a " +
				"bastion."})
	}
}

func refuseOpenSSH(why string) error {
	return &compliance.Refusal{Rule: compliance.Rule{Clause: "EXT-03"}, Summary: "SSH would be open to the world",
		Found:   why,
		Allowed: "the ranges that administrators come from", Fix: "Name them, or reach the machine through a bastion."}
}

func (m *model) checkDigests(diags *diag.Diagnostics) {
	if m.Agent.IsUnknown() || m.digests().IsUnknown() {
		return
	}
	if tfkit.TextOf(m.digests(), "amd64").IsNull() && tfkit.TextOf(m.digests(), "arm64").IsNull() {
		tfkit.Refuse(diags, path.Root("agent").AtName("sha256"), tfkit.Refusal{
			Summary: "No digest pins the agent", Clause: "EXT-03", Found: "sha256 without amd64 and without arm64",
			Allowed: "at least one of amd64 and arm64",
			Fix:     "Take it from checksums.txt of the release, for the architecture of the machine.",
		})
	}
}

func (m *model) checkSource(diags *diag.Diagnostics) {
	at, source := path.Root("credential_source"), m.CredentialSource
	if m.Enrolment.IsUnknown() || source.IsUnknown() {
		return
	}
	itself := m.Enrolment.ValueString() == enrolledByMachine
	file, command := tfkit.TextOf(source, "file"), tfkit.TextOf(source, "command")
	switch {
	case itself && source.IsNull():
		tfkit.Refuse(diags, at, tfkit.Refusal{
			Summary: "The machine would not know where its key is", Found: `enrolment = "machine" without credential_source`,
			Allowed: "credential_source with file or command",
			Fix:     `Say where the machine finds the key, as in credential_source = { file = "/root/scaleway-key" }.`,
		})
	case !itself && !source.IsNull():
		tfkit.Refuse(diags, at, tfkit.Refusal{
			Summary: "The machine needs no key", Found: `credential_source with enrolment = "provider"`, Allowed: "none: the " +
				"provider enrols the machine",
			Fix: `Remove credential_source, or set enrolment = "machine".`,
		})
	case itself && file.IsNull() == command.IsNull() && !file.IsUnknown() && !command.IsUnknown():
		tfkit.Refuse(diags, at, tfkit.Refusal{
			Summary: "Exactly one of file and command says where the key is", Found: map[bool]string{
				true: "neither", false: "both",
			}[file.IsNull()],
			Allowed: "one of the two", Fix: "Keep the one that holds on the machine.",
		})
	}
}

// reportPoolError reports why the pool of a node could not be read; summary says what was tried.
func reportPoolError(region scw.Region, id, summary string, err error, report tfkit.Reporter) {
	if !scaleway.IsNotFound(err) {
		report.ReportAPIError(summary, err)
		return
	}
	report.Report(path.Root("pool_id"), tfkit.Refusal{
		Summary: "The pool does not exist", Found: "no pool " + scaleway.JoinID(region, id), Allowed: "an external pool of " +
			"a Kosmos cluster",
		Fix: "Check the id and its region. A pool of the same configuration is best named by reference, as in " +
			"srm_kosmos_pool.edge.id.",
	})
}

// checkPool reports a pool that machines cannot be enrolled in.
func checkPool(pool *k8s.Pool, report tfkit.Reporter) {
	if pool.NodeType != pools.External {
		report.Report(path.Root("pool_id"), tfkit.Refusal{
			Summary: "Machines cannot be enrolled in this pool", Clause: "EXT-01", Found: fmt.Sprintf("pool %q with node type "+
				"%s", pool.Name, pool.NodeType),
			Allowed: `a pool whose node_type is "external"`, Fix: "Name an external pool, such as an srm_kosmos_pool with " +
				"node_type = \"external\".",
		})
	}
}

// checkVersion reports a version that the pool does not have: a machine is enrolled with the version of its pool.
func (m *model) checkVersion(pool *k8s.Pool, report tfkit.Reporter) {
	configured, err := lifecycle.ParseMinor(m.Version.ValueString())
	actual, other := lifecycle.ParseVersion(pool.Version)
	if err != nil || other != nil || configured == actual.Minor {
		return // no version, or one that is not known yet
	}
	report.Report(path.Root("version"), tfkit.Refusal{
		Summary: "The version of the external node is not that of its pool", Clause: lifecycle.UpgradeClause,
		Found:   fmt.Sprintf("version %q, and the pool %q has %s", configured, pool.Name, actual),
		Allowed: strconv.Quote(actual.Minor.String()), Fix: "Write a reference to the pool's version, as in " +
			"srm_kosmos_pool.edge.version, or remove it.",
	})
}

// checkAllowList says where the API server's allow-list does not let the machine in. Scaleway's own ranges cannot be
// read: where they are allowed, an address that nothing else lets in may be one of them.
func (m *model) checkAllowList(rules []*k8s.ACLRule, report tfkit.Reporter) {
	address, err := netip.ParseAddr(m.Address.ValueString())
	if err != nil {
		return // not known yet
	}
	allowed := tfkit.AllowedBy(rules)
	if slices.ContainsFunc(allowed.Ranges, func(prefix netip.Prefix) bool { return prefix.Contains(address) }) {
		return
	}
	found := "address " + address.String() + ", and the allow-list has no range"
	if len(allowed.Ranges) > 0 {
		found = "address " + address.String() + ", and the allow-list has " + strings.Join(allowed.Texts(), ", ")
	}
	refusal := tfkit.Refusal{
		Summary: "The API server does not let the machine in", Clause: "EXT-03", Found: found, Allowed: "an address that " +
			"the allow-list of the cluster has",
		Fix: fmt.Sprintf(
			"Add %q to allowed_ip_ranges of the cluster, at the latest in the same apply.", netip.PrefixFrom(
				address, address.BitLen(),
			),
		),
	}
	if allowed.Scaleway {
		refusal.Summary = "The API server may not let the machine in"
		refusal.Found += ", and all of Scaleway's ranges, which cannot be read"
		report.Warn(path.Root("address"), refusal)
		return
	}
	report.Report(path.Root("address"), refusal)
}

// replaceKnown replaces the node where a value that the state has changes; an imported node has none, and takes it
// over.
func replaceKnown(why string) planmodifier.String {
	return stringplanmodifier.RequiresReplaceIf(func(
		_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse,
	) {
		resp.RequiresReplace = !req.StateValue.IsNull() && !req.PlanValue.IsNull()
	}, why, why)
}

// rotated replaces the node where the rotation changes, also to nothing or from nothing; a node without any enrolment
// in its state was imported.
func rotated(
	ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse,
) {
	var enrolment types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("enrolment"), &enrolment)...)
	resp.RequiresReplace = !enrolment.IsNull()
}

// enrolsItself says that a node is found by its address, of which another is another node's.
func enrolsItself(
	ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse,
) {
	var enrolment types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("enrolment"), &enrolment)...)
	resp.RequiresReplace = enrolment.ValueString() == enrolledByMachine
}
