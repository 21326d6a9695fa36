package guardrails

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

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// maxExemptionDuration is the maximum duration of an exemption.
const maxExemptionDuration = 180 * 24 * time.Hour

// ValidateConfig checks what can be checked with the configuration only.
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
	namespace := stringValue(m.VolumeEncryption, "namespace")
	if namespace == "" {
		namespace = "srm-system"
	}
	checkExceptions("tls_passthrough", namespace, m.TLSPassthrough, &resp.Diagnostics)
	checkExceptions("attested_restores", namespace, m.AttestedRestores, &resp.Diagnostics)
	checkExceptions("http_redirect", namespace, m.HTTPRedirect, &resp.Diagnostics)
	m.warnAboutDefaultIdentities(&resp.Diagnostics)
	rules := m.ruleObjects()
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		seen := map[string]bool{}
		for _, e := range ruleFromObject(rules[name]).Exemptions {
			at := path.Root(name).AtName("exemptions")
			switch {
			case e.Namespace == "":
			case e.Namespace == namespace:
				tfkit.AddError(&resp.Diagnostics, at, tfkit.Problem{
					Summary: "The guardrails' own namespace cannot be exempt", Found: e.Namespace,
					Allowed: "a namespace of workloads",
					Fix: "Remove the exemption: the provider verifies the policies in that namespace, and no " +
						"workload may run there.",
				})
			case seen[e.Namespace]:
				tfkit.AddError(&resp.Diagnostics, at, tfkit.Problem{
					Summary: "A namespace has two exemptions from one policy", Found: e.Namespace,
					Allowed: "one exemption",
					Fix:     "Remove one of the two.",
				})
			default:
				checkExemptionEffect(name, e.Namespace, at, &resp.Diagnostics)
			}
			seen[e.Namespace] = true
		}
	}
}

// checkExceptions refuses a namespace that is listed twice, because it would have two reasons, and the guardrails' own
// namespace.
func checkExceptions(name, own string, set types.Set, diags *diag.Diagnostics) {
	seen := map[string]bool{}
	for _, e := range exceptionsFromSet(set) {
		if e.Namespace == own {
			tfkit.AddError(diags, path.Root(name), tfkit.Problem{Summary: "The guardrails' own namespace cannot be " +
				"listed",
				Found: e.Namespace, Allowed: "a namespace of workloads",
				Fix: "Remove the entry: the provider verifies the policies in that namespace, and no workload may " +
					"run there."})
		}
		if e.Namespace != "" && seen[e.Namespace] {
			tfkit.AddError(diags, path.Root(name), tfkit.Problem{Summary: "A namespace is listed twice",
				Found:   e.Namespace,
				Allowed: "each namespace once", Fix: "Remove one of the two."})
		}
		seen[e.Namespace] = true
	}
}

func (m *model) ruleObjects() map[string]types.Object {
	return map[string]types.Object{"load_balancers": m.LoadBalancers, "ingress": m.Ingress, "node_disk": m.NodeDisk,
		"kube_system": m.KubeSystem,
		"node_ports":  m.NodePorts}
}

// ModifyPlan computes the attributes that depend on the configuration, warns about drift, and refuses what an apply
// would refuse.
func (r *guardrailsResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
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
	passphrase := configuredPassphrase(ctx, req.Config, diags)
	desired, known := plan.desired(passphrase)
	if known {
		plan.compute(ctx, desired.Settings, diags)
	} else {
		plan.computeKnown(ctx, diags)
	}
	plan.OlderClaims = types.ListUnknown(olderClaimType())
	r.checkExemptions(&plan, exemptionsFromState(ctx, req.State, diags), diags)
	if req.State.Raw.IsNull() {
		if known {
			checkPassphrase(desired, operations.Observed{}, passphrase, diags)
		} else if passphrase.IsNull() {
			addMissingPassphrase("the Secret with the passphrase", diags)
		}
		if !plan.ClusterID.IsUnknown() {
			r.planCreate(ctx, &plan, passphrase, tfkit.ReadPrivate[private](ctx, req.Private, diags).Owner, diags)
		}
	} else {
		var state model
		diags.Append(req.State.Get(ctx, &state)...)
		observed := state.observed(ctx, req.Private, diags)
		r.checkDuplicateAddress(ctx, req.Private, &state, false, diags)
		if diags.HasError() {
			return
		}
		if !state.OwnerID.IsNull() {
			plan.OwnerID = state.OwnerID
		}
		if known {
			checkPassphrase(desired, observed, passphrase, diags)
			checkSecretDrift(desired, observed, diags)
		}
		if before := observed.Namespace; known && before != desired.Namespace {
			tfkit.AddError(diags, path.Root("volume_encryption").AtName("namespace"), tfkit.Problem{
				Summary: "The namespace of the Secrets cannot be changed", Clause: "HDS-ENC-03", Found: fmt.Sprintf(
					"namespace changed from %s to %s", before, desired.Namespace,
				),
				Allowed: before, Fix: "Set the old namespace: volumes reference the Secrets by namespace and name.",
			})
		}
		warnAboutDrift(observed.Drift, diags)
		// The exceptions that an update writes are known after it.
		changes := plan
		if changes.OlderClaims = state.OlderClaims; !differsFromState(ctx, &changes, req.State, diags) {
			plan.OlderClaims = state.OlderClaims
		}
		changed := !resp.Plan.Raw.Equal(req.State.Raw) || !plan.PolicyDigest.Equal(state.PolicyDigest)
		if changed && !plan.ClusterID.IsUnknown() && !r.checkReachable(
			ctx, plan.uuid(), tfkit.NewPlanReporter(diags),
		) &&
			known {
			r.warnAboutExistingObjects(ctx, state.uuid(), desired, observed, diags)
		}
	}
	diags.Append(resp.Plan.Set(ctx, &plan)...)
}

// differsFromState reports whether a plan differs from the state.
func differsFromState(ctx context.Context, plan *model, state tfsdk.State, diags *diag.Diagnostics) bool {
	planned := tfsdk.State{Schema: state.Schema, Raw: state.Raw}
	diags.Append(planned.Set(ctx, plan)...)
	return !planned.Raw.Equal(state.Raw)
}

// planCreate warns about what Create would refuse. owner is the owner of the guardrails that are replaced, or empty.
func (r *guardrailsResource) planCreate(
	ctx context.Context, plan *model, passphrase types.String, owner string, diags *diag.Diagnostics,
) {
	report := tfkit.NewCreatePlanReporter(diags, owner != "")
	cluster, err := r.provider.API.Cluster(ctx, scw.RegionFrPar, plan.uuid())
	if err != nil {
		tfkit.ReportHDSClusterReadError(plan.uuid(), "Unable to read the guardrails' cluster", err, report)
		return
	}
	tfkit.CheckHDSCluster(cluster, report)
	rules, ok := r.provider.CheckHDSSettings(ctx, cluster, report)
	if !ok {
		return // the cluster is still being created, or an error is reported
	}
	desired, known := plan.desired(passphrase)
	if r.reportIsolated(rules, report.ForMutable()) || !known || diags.HasError() {
		return
	}
	var found operations.Preconditions
	client, err := r.connect(ctx, cluster.ID)
	if err == nil {
		found, err = operations.CheckCreate(ctx, client, desired, operations.Replaced{
			Owner: owner, IsUnfinished: r.provider.UnfinishedGuardrails.Has,
		})
	}
	if found.Occupied != nil {
		report.Report(path.Root("cluster_id"), occupiedProblem(found.Occupied, plan.ID.ValueString()))
	}
	if found.OpenLookup != nil {
		report.Report(path.Root("cluster_id"), lookupAccessProblem(found.OpenLookup))
	}
	if len(found.Pods) > 0 {
		reportNamespacePods(found.Pods, report)
	}
	switch {
	case clusteraccess.IsUnreachable(err):
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "The cluster's Kubernetes API could not be reached", Cause: err,
			Fix: "Make sure that the apply can reach it: the apply fails otherwise. Existing objects that the " +
				"policies will refuse were not counted.",
		})
	case err != nil:
		report.ReportAPIError(unableToCreate, err)
	case found.UnreadableErr != nil:
		tfkit.AddWarning(diags, path.Root("volume_encryption"), tfkit.Problem{
			Summary: "Secrets with passphrases of the guardrails could not be read", Cause: found.UnreadableErr,
			Fix: "No action needed for a plan. Apply with an API key that may read and write Secrets.",
		})
	}
	if err == nil {
		warnAboutOlderClaims(found.PendingClaims, diags)
		listed := newlyListedNamespaces(desired.Settings, guardrails.Settings{})
		warnAboutMissingNamespaces(ctx, client, listed, diags)
		warnAboutRefusedObjects(ctx, client, desired, desired.RefusalChanges(operations.Observed{}), diags)
	}
}

// checkReachable reads the allow-list of the cluster and checks it with reportIsolated.
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
	settings := r.provider.Kubernetes
	return !settings.IsUnknown && !settings.UseVPC && settings.Host == ""
}

// reportIsolated reports a problem if the provider uses the public address and the allow-list is empty. It returns
// whether that is so.
func (r *guardrailsResource) reportIsolated(rules []*k8s.ACLRule, report tfkit.Reporter) bool {
	isolated := len(rules) == 0 && r.usesPublicAddress()
	if isolated {
		report.Report(path.Root("cluster_id"), tfkit.Problem{
			Summary: "The allow-list of the API server is empty", Clause: "HDS-CTR-03", Found: "an empty allow-list, " +
				"and the provider uses the public address",
			Allowed: "an allow-list with the address range of this machine, or a connection through the Private " +
				"Network",
			Fix: "Set `endpoint = \"vpc\"` or `host` in the provider's `kubernetes` block and run inside the Private " +
				"Network, or add the range to `allowed_ip_ranges` of the cluster.",
		})
	}
	return isolated
}

// checkExemptions checks the last days of exemptions. before holds the exemptions of the state: an exemption in the
// state that has expired is a warning, a new one is an error, so that no plan fails only because time passes.
func (r *guardrailsResource) checkExemptions(
	m *model, before map[string][]guardrails.Exemption, diags *diag.Diagnostics,
) {
	now := r.provider.Now().UTC()
	rules, expired := m.ruleObjects(), []string{}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		isOld := func(e guardrails.Exemption) bool {
			return slices.ContainsFunc(
				before[name],
				func(b guardrails.Exemption) bool { return b.Namespace == e.Namespace && b.Until == e.Until },
			)
		}
		for _, e := range ruleFromObject(rules[name]).Exemptions {
			until, err := time.Parse(time.DateOnly, e.Until)
			if err != nil {
				continue // unknown, or refused by the validator
			}
			at := path.Root(name).AtName("exemptions")
			switch {
			case until.After(now.Add(maxExemptionDuration)):
				tfkit.AddError(diags, at, tfkit.Problem{Summary: "The exemption lasts too long", Found: fmt.Sprintf(
					"%s until %s", e.Namespace, e.Until,
				),
					Allowed: "at most 180 days ahead, " + now.Add(maxExemptionDuration).Format(time.DateOnly),
					Fix:     "Set an earlier day, and renew the exemption after a review."})
			case until.AddDate(0, 0, 1).Before(now) && !isOld(e):
				tfkit.AddError(diags, at, tfkit.Problem{Summary: "The new exemption has already expired",
					Found:   fmt.Sprintf("%s until %s, today is %s", e.Namespace, e.Until, now.Format(time.DateOnly)),
					Allowed: "a last day that is today or later, at most 180 days ahead",
					Fix:     "Set a later day after a review, or remove the exemption."})
			case until.AddDate(0, 0, 1).Before(now):
				expired = append(
					expired, fmt.Sprintf("%s: %s until %s, approved by %s", name, e.Namespace, e.Until, e.Approver),
				)
			}
		}
	}
	if len(expired) > 0 { // one warning: Terraform shows only one of several warnings with the same summary
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "Exemptions have expired",
			Found:   "\n" + strings.Join(expired, "\n"),
			Fix: "Remove each exemption, or renew it after a review. Until it is removed, the policy still excludes " +
				"its namespace.",
		})
	}
}

// exemptionsFromState returns the exemptions of a state, by policy.
func exemptionsFromState(
	ctx context.Context,
	from tfsdk.State,
	diags *diag.Diagnostics,
) map[string][]guardrails.Exemption {
	var state model
	if !from.Raw.IsNull() {
		diags.Append(from.Get(ctx, &state)...)
	}
	return state.exemptions()
}

func (m *model) exemptions() map[string][]guardrails.Exemption {
	found := map[string][]guardrails.Exemption{}
	for name, object := range m.ruleObjects() {
		found[name] = ruleFromObject(object).Exemptions
	}
	return found
}

func warnAboutNotes(notes []string, diags *diag.Diagnostics) {
	if len(notes) > 0 {
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "The guardrails were applied, but some changes or checks were not possible",
			Found:   strings.Join(notes, "\n"),
			Fix: "No action needed for a policy that allows the provider's own identity, or for an old StorageClass " +
				"that is in use. If another StorageClass is still marked as default, the next plan shows how to " +
				"change it.",
		})
	}
}
