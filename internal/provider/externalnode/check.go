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
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// checkAddress refuses a value that is not a public IP address.
func checkAddress(text string) error {
	problem := &compliance.Problem{Summary: "The address of the machine is not a public IP address",
		Found:   strconv.Quote(text),
		Allowed: `one IPv4 or IPv6 address, such as "203.0.113.10"`, Fix: "Set the address with which the machine " +
			"reaches the internet: behind a NAT, the public address of the NAT."}
	address, err := netip.ParseAddr(text)
	switch {
	case err != nil || address.Zone() != "":
		return problem
	case address.String() != text:
		problem.Found += ", another spelling of " + address.String()
		problem.Fix = fmt.Sprintf("Write %q.", address)
		return problem
	case !address.IsGlobalUnicast() || address.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(address):
		problem.Found += ", which is not routed on the internet"
		return problem
	}
	return nil
}

// checkSSHRange refuses a value that is not an address range, and ranges that allow the whole internet.
func checkSSHRange(text string) error {
	prefix, err := compliance.ParseAllowRange(text)
	if err != nil {
		return err
	}
	if open, reason := compliance.IsOpenToWorld([]netip.Prefix{prefix}); open {
		return openSSHProblem(reason)
	}
	return nil
}

func checkAgentDigest(text string) error { return compliance.CheckDigest("agent", text) }

func checkAgentVersion(text string) error {
	if regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`).MatchString(text) {
		return nil
	}
	return &compliance.Problem{Summary: "The version of the agent is not a full version", Found: strconv.Quote(text),
		Allowed: `three numbers, such as "0.1.5"`,
		Fix:     "Set the version of one release, without the `v` of its tag. `latest` changes without notice."}
}

func checkDownloadURL(text string) error {
	parsed, err := url.Parse(text)
	if err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Hostname() != "" &&
		parsed.User == nil && !strings.ContainsAny(text, " \t\r\n\"'\\") {
		return nil
	}
	return &compliance.Problem{
		Summary: "The download URL of the agent is invalid",
		Found:   strconv.Quote(text),
		Allowed: "an http or https URL without a password",
		Fix: "Set the URL of the binary; the provider replaces {version} and {arch}. The digest also protects a " +
			"download over http.",
	}
}

func checkKeyFile(text string) error {
	if filepath.IsAbs(text) && filepath.Clean(text) == text && !strings.ContainsAny(text, "\r\n") {
		return nil
	}
	return &compliance.Problem{Summary: "The path of the key file is not valid",
		Found:   strconv.Quote(text),
		Allowed: `an absolute path, such as "/root/scaleway-key", without ".", "..", "//", a final "/" and line breaks`,
		Fix:     "Set the path of the file on the machine."}
}

func checkKeyCommand(text string) error {
	if strings.TrimSpace(text) != "" && !strings.ContainsAny(text, "\r\n") {
		return nil
	}
	return &compliance.Problem{Summary: "The command that prints the key must be one line", Found: strconv.Quote(text),
		Allowed: "one command line that is not empty",
		Fix: "Write a command that prints the key. Store a longer command as a script on the machine, and set the " +
			"path of the script."}
}

// validate checks attributes that depend on each other, and reports all problems.
func (m *model) validate(diags *diag.Diagnostics) {
	tfkit.CheckAttestation(m.Attestation, path.Root("attestation"), diags)
	m.checkDigests(diags)
	m.checkCredentialSource(diags)
	m.checkSSH(diags)
}

// checkSSH checks all ranges together. The validator of the attribute checks each range.
func (m *model) checkSSH(diags *diag.Diagnostics) {
	prefixes := []netip.Prefix{}
	for _, text := range tfkit.StringsFromSet(m.sshRanges()) {
		prefix, err := compliance.ParseAllowRange(text)
		if err != nil {
			return
		}
		if open, _ := compliance.IsOpenToWorld([]netip.Prefix{prefix}); open {
			return
		}
		prefixes = append(prefixes, prefix)
	}
	at := path.Root("ssh").AtName("allowed_ip_ranges")
	if open, reason := compliance.IsOpenToWorld(prefixes); open {
		tfkit.AddCheckError(diags, at, openSSHProblem(reason))
	} else if wide, reason := compliance.IsWide(prefixes); wide {
		tfkit.AddWarning(diags, at, tfkit.Problem{
			Summary: "SSH is open to a large part of the internet", Clause: "EXT-03", Found: reason,
			Allowed: "the address ranges of the administrators",
			Fix:     "Set smaller ranges, or connect to the machine through a bastion.",
		})
	}
}

func openSSHProblem(reason string) error {
	return &compliance.Problem{
		Rule: compliance.Rule{Clause: "EXT-03"}, Summary: "SSH would be open to the world", Found: reason,
		Allowed: "the address ranges of the administrators",
		Fix:     "Set these ranges, or connect to the machine through a bastion.",
	}
}

func (m *model) checkDigests(diags *diag.Diagnostics) {
	if m.Agent.IsUnknown() || m.digests().IsUnknown() {
		return
	}
	if tfkit.StringAttribute(m.digests(), "amd64").IsNull() && tfkit.StringAttribute(m.digests(), "arm64").IsNull() {
		tfkit.AddError(diags, path.Root("agent").AtName("sha256"), tfkit.Problem{
			Summary: "The agent has no digest", Clause: "EXT-03", Found: "neither sha256.amd64 nor sha256.arm64",
			Allowed: "at least one of amd64 and arm64",
			Fix:     "Set the digest from checksums.txt of the release, for the architecture of the machine.",
		})
	}
}

func (m *model) checkCredentialSource(diags *diag.Diagnostics) {
	at, source := path.Root("credential_source"), m.CredentialSource
	if m.Enrolment.IsUnknown() || source.IsUnknown() {
		return
	}
	byMachine := m.Enrolment.ValueString() == enrolledByMachine
	file, command := tfkit.StringAttribute(source, "file"), tfkit.StringAttribute(source, "command")
	switch {
	case byMachine && source.IsNull():
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: "The machine has no source for its key", Found: `enrolment = "machine" without credential_source`,
			Allowed: "credential_source with file or command",
			Fix:     `Set where the machine reads the key, as in credential_source = { file = "/root/scaleway-key" }.`,
		})
	case !byMachine && !source.IsNull():
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: "The machine needs no key", Found: `credential_source with enrolment = "provider"`,
			Allowed: "no credential_source: the provider enrols the machine",
			Fix:     `Remove credential_source, or set enrolment = "machine".`,
		})
	case byMachine && file.IsNull() == command.IsNull() && !file.IsUnknown() && !command.IsUnknown():
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: "credential_source needs exactly one of file and command",
			Found:   map[bool]string{true: "neither", false: "both"}[file.IsNull()],
			Allowed: "one of the two", Fix: "Set the one that provides the key on the machine.",
		})
	}
}

// reportPoolError reports why the pool of a node could not be read. summary names the failed operation.
func reportPoolError(region scw.Region, id, summary string, err error, report tfkit.Reporter) {
	if !scaleway.IsNotFound(err) {
		report.ReportAPIError(summary, err)
		return
	}
	report.Report(path.Root("pool_id"), tfkit.Problem{
		Summary: "The pool does not exist", Found: "no pool " + scaleway.JoinID(region, id), Allowed: "an external " +
			"pool of a Kosmos cluster",
		Fix: "Check the id and its region. For a pool of the same configuration, set a reference, such as " +
			"srm_kosmos_pool.edge.id.",
	})
}

// checkPool reports a pool that machines cannot be enrolled in.
func checkPool(pool *k8s.Pool, report tfkit.Reporter) {
	if pool.NodeType != operations.ExternalNodeType {
		report.Report(path.Root("pool_id"), tfkit.Problem{
			Summary: "Machines cannot be enrolled in this pool", Clause: "EXT-01", Found: fmt.Sprintf("pool %q with "+
				"node type %s", pool.Name, pool.NodeType),
			Allowed: `a pool whose node_type is "external"`,
			Fix:     "Set the id of an external pool, such as an srm_kosmos_pool with node_type = \"external\".",
		})
	}
}

// checkVersion reports a version that differs from that of the pool: a machine is enrolled with the version of its
// pool.
func (m *model) checkVersion(pool *k8s.Pool, report tfkit.Reporter) {
	configured, err := lifecycle.ParseMinor(m.Version.ValueString())
	actual, other := lifecycle.ParseVersion(pool.Version)
	if err != nil || other != nil || configured == actual.Minor {
		return // no version, or one that is not known yet
	}
	report.Report(path.Root("version"), tfkit.Problem{
		Summary: "The version of the external node is not that of its pool", Clause: lifecycle.UpgradeClause,
		Found:   fmt.Sprintf("version %q, and the pool %q has %s", configured, pool.Name, actual),
		Allowed: strconv.Quote(actual.Minor.String()), Fix: "Set a reference to the pool's version, such as " +
			"srm_kosmos_pool.edge.version, or remove the attribute.",
	})
}

// checkAllowList reports an allow-list that does not contain the machine. Scaleway's own ranges cannot be read: if the
// list allows them, an address that no other range contains may be one of them, which is only a warning.
func (m *model) checkAllowList(rules []*k8s.ACLRule, report tfkit.Reporter) {
	address, err := netip.ParseAddr(m.Address.ValueString())
	if err != nil {
		return // not known yet
	}
	allowed := tfkit.ParseAllowList(rules)
	if slices.ContainsFunc(allowed.Ranges, func(prefix netip.Prefix) bool { return prefix.Contains(address) }) {
		return
	}
	entries := allowed.CIDRs()
	if allowed.AllowsScaleway {
		entries = append(entries, "Scaleway's own ranges, which the provider cannot read")
	}
	found := "address " + address.String() + ", and the allow-list is empty"
	if len(entries) > 0 {
		found = "address " + address.String() + ", and the allow-list has " + strings.Join(entries, ", ")
	}
	problem := tfkit.Problem{
		Summary: "The API server does not allow the machine", Clause: "EXT-03", Found: found,
		Allowed: "an address in the allow-list of the cluster",
		Fix: fmt.Sprintf(
			"Add %q to allowed_ip_ranges of the cluster, in the same apply or before.",
			netip.PrefixFrom(address, address.BitLen()),
		),
	}
	if allowed.AllowsScaleway {
		problem.Summary = "The API server might not allow the machine"
		report.AddWarning(path.Root("address"), problem)
		return
	}
	report.Report(path.Root("address"), problem)
}

// replaceIfSet returns a plan modifier that replaces the node if a value changes. A value that the state does not have,
// as after an import, is only recorded.
func replaceIfSet(description string) planmodifier.String {
	return stringplanmodifier.RequiresReplaceIf(func(
		_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse,
	) {
		resp.RequiresReplace = !req.StateValue.IsNull() && !req.PlanValue.IsNull()
	}, description, description)
}

// replaceOnRotation replaces the node if the rotation changes, is added or is removed. It does not replace an imported
// node, whose state has no enrolment.
func replaceOnRotation(
	ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse,
) {
	var enrolment types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("enrolment"), &enrolment)...)
	resp.RequiresReplace = !enrolment.IsNull()
}

// replaceIfMachineEnrols replaces the node if its address changes and the machine enrols itself: such a node is found
// by address.
func replaceIfMachineEnrols(
	ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse,
) {
	var enrolment types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("enrolment"), &enrolment)...)
	resp.RequiresReplace = enrolment.ValueString() == enrolledByMachine
}
