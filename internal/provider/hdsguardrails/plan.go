package hdsguardrails

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// longestExemption is how far ahead an exemption may end.
const longestExemption = 180 * 24 * time.Hour

// ValidateConfig refuses what the configuration alone shows.
func (r *guardrailsResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	defer r.provider.AddDestroyHint(&resp.Diagnostics)
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	tfkit.CheckTimeouts(ctx, m.Timeouts, &resp.Diagnostics)
	namespace := text(m.VolumeEncryption, "namespace")
	if namespace == "" {
		namespace = "srm-system"
	}
	checkExceptions("tls_passthrough", namespace, m.TLSPassthrough, &resp.Diagnostics)
	checkExceptions("attested_restores", namespace, m.AttestedRestores, &resp.Diagnostics)
	checkExceptions("http_redirect", namespace, m.HTTPRedirect, &resp.Diagnostics)
	m.checkIdentities(&resp.Diagnostics)
	rules := m.rules()
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		seen := map[string]bool{}
		for _, e := range ruleOf(rules[name]).Exemptions {
			at := path.Root(name).AtName("exemptions")
			switch {
			case e.Namespace == "":
			case e.Namespace == namespace:
				tfkit.Refuse(&resp.Diagnostics, at, tfkit.Refusal{Summary: "The guardrails' own namespace cannot be exempt",
					Found:   e.Namespace,
					Allowed: "a namespace of workloads", Fix: "Remove the exemption: the policies are proven in that namespace, and " +
						"no workload belongs there."})
			case seen[e.Namespace]:
				tfkit.Refuse(
					&resp.Diagnostics, at, tfkit.Refusal{Summary: "A namespace is exempt twice", Found: e.Namespace, Allowed: "each " +
						"namespace once", Fix: "Remove one of the two."},
				)
			default:
				checkEffect(name, e.Namespace, at, &resp.Diagnostics)
			}
			seen[e.Namespace] = true
		}
	}
}

// checkExceptions refuses a namespace that is listed twice, as its reason would be one of two, and the guardrails' own.
func checkExceptions(name, own string, set types.Set, diags *diag.Diagnostics) {
	seen := map[string]bool{}
	for _, e := range exceptionsOf(set) {
		if e.Namespace == own {
			tfkit.Refuse(diags, path.Root(name), tfkit.Refusal{Summary: "The guardrails' own namespace cannot be listed",
				Found: e.Namespace, Allowed: "a namespace of workloads",
				Fix: "Remove the entry: the policies are proven in that namespace, and no workload belongs there."})
		}
		if e.Namespace != "" && seen[e.Namespace] {
			tfkit.Refuse(diags, path.Root(name), tfkit.Refusal{Summary: "A namespace is listed twice", Found: e.Namespace,
				Allowed: "each namespace once", Fix: "Remove one of the two."})
		}
		seen[e.Namespace] = true
	}
}

func (m *model) rules() map[string]types.Object {
	return map[string]types.Object{"load_balancers": m.LoadBalancers, "ingress": m.Ingress, "node_disk": m.NodeDisk,
		"kube_system": m.KubeSystem,
		"node_ports":  m.NodePorts}
}

// ModifyPlan computes what follows from the configuration, shows drift, and refuses what an apply would have to.
func (r *guardrailsResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	if req.Plan.Raw.IsNull() {
		defer r.provider.AddDestroyHint(diags)
		r.planDestroy(ctx, req, diags)
		return
	}
	defer r.provider.AddDestroyHint(diags)
	var plan model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	plan.ID, plan.OwnerID = types.StringUnknown(), types.StringUnknown()
	if !plan.ClusterID.IsUnknown() {
		plan.ID = types.StringValue(tfkit.GuardrailsID(plan.uuid()))
	}
	settings, known := plan.settings()
	if known {
		plan.compute(ctx, settings, diags)
	} else {
		plan.computeKnown(ctx, diags)
	}
	plan.OlderClaims = types.ListUnknown(olderClaimType())
	r.checkExemptions(&plan, exemptionsOf(ctx, req.State, diags), diags)
	passphrase := passphraseOf(ctx, req.Config, diags)
	if req.State.Raw.IsNull() {
		asked := &settings
		if !known {
			asked = nil
		}
		checkPassphrase(nil, asked, passphrase, guardrails.NewFingerprints(), diags)
		if !plan.ClusterID.IsUnknown() {
			r.planCreate(ctx, &plan, passphrase.ValueString(), ownerOf(ctx, req.Private, &model{}, diags), diags)
		}
	} else {
		var state model
		diags.Append(req.State.Get(ctx, &state)...)
		kept := fingerprints(ctx, req.Private, diags)
		r.checkAddress(ctx, req.Private, &state, false, diags)
		if diags.HasError() {
			return
		}
		if !state.OwnerID.IsNull() {
			plan.OwnerID = state.OwnerID
		}
		if known {
			checkPassphrase(&state, &settings, passphrase, kept, diags)
		}
		if known {
			refuseSecrets(&state, settings, diags)
		}
		if was := text(state.VolumeEncryption, "namespace"); known && was != settings.Namespace {
			tfkit.Refuse(diags, path.Root("volume_encryption").AtName("namespace"), tfkit.Refusal{
				Summary: "The namespace of the Secrets cannot be changed", Clause: "HDS-ENC-03", Found: fmt.Sprintf(
					"%s, was %s", settings.Namespace, was,
				),
				Allowed: was, Fix: "Keep it: volumes name the Secrets with their namespace.",
			})
		}
		state.warnOfDrift(diags)
		// What an update writes of them is known after it.
		changes := plan
		if changes.OlderClaims = state.OlderClaims; !isChange(ctx, &changes, req.State, diags) {
			plan.OlderClaims = state.OlderClaims
		}
		changed := !resp.Plan.Raw.Equal(req.State.Raw) || !plan.PolicyDigest.Equal(state.PolicyDigest)
		if changed && !plan.ClusterID.IsUnknown() && !r.checkReachable(ctx, plan.uuid(), tfkit.AtPlan(diags)) && known {
			r.planCount(ctx, &state, settings, diags)
		}
	}
	diags.Append(resp.Plan.Set(ctx, &plan)...)
}

// isChange says whether a plan differs from the state.
func isChange(ctx context.Context, plan *model, state tfsdk.State, diags *diag.Diagnostics) bool {
	planned := tfsdk.State{Schema: state.Schema, Raw: state.Raw}
	diags.Append(planned.Set(ctx, plan)...)
	return !planned.Raw.Equal(state.Raw)
}

// planCreate warns of what Create would refuse. owner is that of the guardrails that are replaced, or empty.
func (r *guardrailsResource) planCreate(
	ctx context.Context, plan *model, passphrase, owner string, diags *diag.Diagnostics,
) {
	report := tfkit.AtCreatePlan(diags, owner != "")
	cluster, err := r.provider.API.Cluster(ctx, scw.RegionFrPar, plan.uuid())
	if err != nil {
		tfkit.ReportHDSClusterError(plan.uuid(), "Unable to read the guardrails' cluster", err, report)
		return
	}
	tfkit.CheckHDSCluster(cluster, report)
	rules, read := r.provider.CheckHDSSettings(ctx, cluster, report)
	if !read {
		return // it is still being created, or that is said
	}
	settings, known := plan.settings()
	if r.reportIsolated(rules, report.Changeable()) || !known || diags.HasError() {
		return
	}
	var unseen error
	var pending []guardrails.OlderClaim
	client, err := r.connect(ctx, cluster.ID)
	if err == nil {
		pending, unseen, err = lookBefore(
			ctx, client, settings, passphrase, owner, plan.ID.ValueString(), &r.provider.Unfinished, report,
		)
	}
	if err == nil {
		err = reportPods(ctx, client, settings, report)
	}
	switch {
	case clusteraccess.Unreachable(err):
		diags.AddWarning("The cluster could not be looked into", tfkit.Explain(err)+"\nThe apply has to reach it, and "+
			"fails where it cannot. Existing objects that the policies will refuse are not counted.")
	case err != nil:
		report.ReportAPIError(unableToCreate, err)
	case unseen != nil:
		diags.AddWarning("Passphrases of the guardrails could not be looked at", tfkit.Explain(unseen)+"\nA plan may be "+
			"made with such a key. The apply has to read and write them.")
	}
	if err == nil {
		warnOfPending(pending, diags)
		warnOfAbsent(ctx, client, newlyListed(settings, nil), diags)
		warnOfRefused(ctx, client, settings, settings.Refusing(nil, nil), diags)
	}
}

// checkReachable asks for the allow-list and judges it as reportIsolated does.
func (r *guardrailsResource) checkReachable(
	ctx context.Context, clusterID string, report tfkit.Reporter,
) (isolated bool) {
	if !r.usesPublicAddress() {
		return false
	}
	rules, err := r.provider.API.AllowList(ctx, scw.RegionFrPar, clusterID)
	if err != nil {
		report.ReportAPIError("Unable to read the allow-list of the guardrails' cluster", err)
		return false
	}
	return r.reportIsolated(rules, report)
}

func (r *guardrailsResource) usesPublicAddress() bool {
	reach := r.provider.Kubernetes
	return !reach.Unknown && !reach.VPC && reach.Host == ""
}

// reportIsolated reports that the provider uses the public address although the allow-list is empty, and says whether
// it does.
func (r *guardrailsResource) reportIsolated(rules []*k8s.ACLRule, report tfkit.Reporter) bool {
	isolated := len(rules) == 0 && r.usesPublicAddress()
	if isolated {
		report.Report(path.Root("cluster_id"), tfkit.Refusal{
			Summary: "The allow-list of the API server is empty", Clause: "HDS-CTR-03", Found: "an empty allow-list, and the " +
				"provider uses the public address",
			Allowed: "an allow-list with the range that this machine sends from, or another way in",
			Fix: "Set `endpoint = \"vpc\"` or `host` in the provider's `kubernetes` block and run inside the Private " +
				"Network, or add the range to `allowed_ip_ranges` of the cluster.",
		})
	}
	return isolated
}

// checkExemptions judges how long exemptions last: time only ever makes them acceptable, or worth a warning.
// before has those of the state: a new one that is over already is refused.
func (r *guardrailsResource) checkExemptions(
	m *model, before map[string][]guardrails.Exemption, diags *diag.Diagnostics,
) {
	now := r.provider.Now().UTC()
	rules, expired := m.rules(), []string{}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		isOld := func(e guardrails.Exemption) bool {
			return slices.ContainsFunc(
				before[name], func(b guardrails.Exemption) bool { return b.Namespace == e.Namespace && b.Until == e.Until },
			)
		}
		for _, e := range ruleOf(rules[name]).Exemptions {
			until, err := time.Parse(time.DateOnly, e.Until)
			if err != nil {
				continue // unknown, or the validator says so
			}
			at := path.Root(name).AtName("exemptions")
			switch {
			case until.After(now.Add(longestExemption)):
				tfkit.Refuse(diags, at, tfkit.Refusal{Summary: "The exemption lasts too long", Found: fmt.Sprintf(
					"%s until %s", e.Namespace, e.Until,
				),
					Allowed: "at most 180 days ahead, " + now.Add(longestExemption).Format(time.DateOnly), Fix: "Choose an earlier " +
						"day, and renew it after a review."})
			case until.AddDate(0, 0, 1).Before(now) && !isOld(e):
				tfkit.Refuse(diags, at, tfkit.Refusal{Summary: "The exemption is over before it begins",
					Found:   fmt.Sprintf("%s until %s, today is %s", e.Namespace, e.Until, now.Format(time.DateOnly)),
					Allowed: "a last day from today on, at most 180 days ahead", Fix: "Choose a later day after a review, or remove " +
						"the exemption."})
			case until.AddDate(0, 0, 1).Before(now):
				expired = append(expired, fmt.Sprintf("%s: %s until %s, approved by %s", name, e.Namespace, e.Until, e.Approver))
			}
		}
	}
	if len(expired) > 0 { // a CLI shows one of several warnings with the same summary
		diags.AddWarning("Exemptions have expired", tfkit.Refusal{
			Found: "\n" + strings.Join(expired, "\n"),
			Fix:   "Remove each, or renew it after a review: the policy leaves the namespace out until then.",
		}.Detail())
	}
}

// exemptionsOf are the exemptions of a state, by policy.
func exemptionsOf(ctx context.Context, from tfsdk.State, diags *diag.Diagnostics) map[string][]guardrails.Exemption {
	var state model
	if !from.Raw.IsNull() {
		diags.Append(from.Get(ctx, &state)...)
	}
	return state.exemptions()
}

func (m *model) exemptions() map[string][]guardrails.Exemption {
	found := map[string][]guardrails.Exemption{}
	for name, object := range m.rules() {
		found[name] = ruleOf(object).Exemptions
	}
	return found
}

// isWritten says whether the Secret of the planned version was written before.
func isWritten(state *model, s guardrails.Settings, kept guardrails.Fingerprints) bool {
	_, known := kept.Of[current(s)]
	return known || state != nil && number(state.VolumeEncryption, "passphrase_wo_version") == s.Version
}

// checkPassphrase refuses a configuration without a passphrase where a Secret has to be written: at create (state is
// nil), for a new version, and for a Secret that is absent from the cluster. Another passphrase than the one that was
// written is refused where the version is another one than the state's or the Secret is absent; else it is not used,
// and warned of. The settings are nil while they are not known.
func checkPassphrase(
	state *model, s *guardrails.Settings, given types.String, kept guardrails.Fingerprints, diags *diag.Diagnostics,
) {
	at := path.Root("volume_encryption").AtName("passphrase_wo")
	if given.IsUnknown() || s == nil && (state != nil || !given.IsNull()) {
		return
	}
	if s == nil {
		refuseNoPassphrase(at, "the Secret of a passphrase", diags)
		return
	}
	secret := "Secret " + current(*s)
	absent := state != nil && slices.ContainsFunc(state.shown(), func(d kubernetes.Difference) bool {
		return d.Object == "Secret/"+current(*s) && d.IsAbsent()
	})
	switch {
	case given.IsNull() && (absent || !isWritten(state, *s, kept)):
		refuseNoPassphrase(at, secret, diags)
	case given.IsNull() || !kept.Differs(current(*s), given.ValueString()):
	case absent || number(state.VolumeEncryption, "passphrase_wo_version") != s.Version:
		tfkit.Refuse(diags, at, tfkit.Refusal{
			Summary: "A passphrase never changes once it is written", Clause: "HDS-ENC-03",
			Found: fmt.Sprintf(
				"another passphrase than that of version %d (%s); the state has version %d", s.Version, secret, number(
					state.VolumeEncryption, "passphrase_wo_version",
				),
			),
			Allowed: "the passphrase of that version, or a new version",
			Fix: "Raise passphrase_wo_version: the new passphrase gets a Secret of its own, and existing volumes keep " +
				"theirs.",
		})
	default:
		tfkit.Warn(diags, at, tfkit.Refusal{
			Summary: "The passphrase is not the one that was written, and is not used", Clause: "HDS-ENC-03",
			Found:   fmt.Sprintf("another passphrase than that of version %d (%s)", s.Version, secret),
			Allowed: "null, the passphrase of that version, or a new version",
			Fix: "To use a new passphrase, raise passphrase_wo_version. Where no Secret has to be written, as in a plan with " +
				"a read-only key, pass null.",
		})
	}
}

func refuseNoPassphrase(at path.Path, secret string, diags *diag.Diagnostics) {
	tfkit.Refuse(diags, at, tfkit.Refusal{
		Summary: "The passphrase is missing",
		Clause:  "HDS-ENC-03",
		Found:   "passphrase_wo is null, and " + secret + " has to be written",
		Allowed: "null where no Secret is written: the guardrails exist, passphrase_wo_version is not new, and the " +
			"Secret is in the cluster",
		Fix: fmt.Sprintf("Set passphrase_wo. A plan of a new version takes any text of %d characters or more: an apply "+
			"writes it.", guardrails.MinPassphrase),
	})
}

// refuseSecrets refuses to go on over Secrets that are not what they were: their old value cannot be restored from
// here.
func refuseSecrets(state *model, s guardrails.Settings, diags *diag.Diagnostics) {
	for _, d := range state.shown() {
		_, isSecret := strings.CutPrefix(d.Object, "Secret/")
		if !isSecret || !d.IsPassphrase() && (!d.IsAbsent() || d.Object == "Secret/"+current(s)) {
			continue
		}
		tfkit.Refuse(diags, path.Root("volume_encryption"), tfkit.Refusal{
			Summary: "A Secret with a passphrase was changed or deleted", Clause: "HDS-ENC-03", Found: d.String(),
			Allowed: "the Secret as it was written: volumes that were encrypted with its passphrase need it at their next mount",
			Fix: "Restore the Secret by hand with its old passphrase, then plan again. It is not overwritten: if its value is " +
				"right and the record wrong, remove the resource from the state and import it again.",
		})
	}
}

// warnOfDrift says which fields the apply takes back, and from whom.
func (m *model) warnOfDrift(diags *diag.Diagnostics) {
	found := m.shown()
	if len(found) == 0 {
		return
	}
	lines := []string{}
	for _, d := range found {
		if d.Object == ownerMark {
			warnOfMark(d, diags)
			continue
		}
		if warnOfKnown(d, diags) {
			continue
		}
		lines = append(lines, d.String())
	}
	if len(lines) == 0 {
		return
	}
	tfkit.Warn(diags, path.Root("drift"), tfkit.Refusal{
		Summary: "The guardrails were changed in the cluster", Clause: "HDS-ENC-03", Found: strings.Join(lines, "\n"),
		Fix: "Apply: exactly these fields are taken back. Find out who changed them.",
	})
}

// warnOfDefaults names all other classes that are marked default: of several warnings with the same summary a CLI shows
// one.
func warnOfDefaults(others []kubernetes.DefaultClass, class string, diags *diag.Diagnostics) {
	if len(others) == 0 {
		return
	}
	names, commands := []string{}, []string{}
	for _, other := range others {
		names, commands = append(names, "StorageClass "+other.Name), append(commands, other.Unmark())
	}
	tfkit.Warn(diags, path.Root("volume_encryption"), tfkit.Refusal{
		Summary: "Other StorageClasses are marked default", Clause: "HDS-ENC-03", Found: strings.Join(names, ", "),
		Allowed: class + " as the only default: of several the newest wins, and the policy refuses a claim that got " +
			"another class",
		Fix: "Remove the marks:\n" + strings.Join(commands, "\n"),
	})
}

func warnNotes(notes []string, diags *diag.Diagnostics) {
	if len(notes) > 0 {
		diags.AddWarning("The guardrails are in force, with remarks", strings.Join(notes, "\n"))
	}
}
