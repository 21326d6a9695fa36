package assessment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// The layers: where the facts of a check come from.
const (
	LayerAPI         = "api"         // The Scaleway API.
	LayerCluster     = "cluster"     // The cluster's Kubernetes API.
	LayerAttestation = "attestation" // An attestation of the customer.
	// LayerOrganization are checks of an Organization. EvaluateOrganization judges them, once for all clusters.
	LayerOrganization = "organization"
	// LayerConfiguration are checks of the assessment itself. They are always selected.
	LayerConfiguration = "configuration"
)

// Layers returns the layers that can be selected.
func Layers() []string { return []string{LayerAPI, LayerCluster} }

// Check judges facts against clauses.
type Check struct {
	ID       string
	Layer    string
	Severity Severity // The usual severity of a fail.
	Title    Text
	Expected Text
	Remedy   Text // One sentence with the command and its cost.
	// Indicator is true if the check never passes: it can only contradict an attestation.
	Indicator bool
	// HDSOnly is true if the check applies only to clusters for health data.
	HDSOnly bool
	// OnlyProject is true if the scope of the findings is the Project, not the cluster.
	OnlyProject bool

	judge func(*judgement)
}

// Clauses returns the ids of the clauses that the check is about.
func (c Check) Clauses() []string {
	if kind, ok := strings.CutPrefix(c.ID, attestationPrefix); ok {
		return responsibility.ClausesOfAttestation(kind)
	}
	return responsibility.ClausesOfCheck(c.ID)
}

// Checks returns all checks of a cluster, in the order of a report.
func Checks() []Check {
	return slices.Concat(clusterChecks(), nodeChecks(), networkChecks(), loadBalancerChecks(), storageChecks(),
		snapshotChecks(), backupChecks(), bucketChecks(), projectChecks(), accessChecks(), admissionChecks(),
		workloadChecks(), inClusterNetworkChecks(), addOnChecks(), podAccessChecks(), inventoryChecks(),
		resolutionChecks())
}

// OrganizationChecks returns all checks of an Organization, in the order of a report.
func OrganizationChecks() []Check {
	return slices.Concat(iamChecks(), apiKeyChecks(), memberChecks(), auditTrailChecks(), contractChecks())
}

// LookupCheck returns the check of a cluster or of an Organization with an id.
func LookupCheck(id string) (Check, bool) {
	all := slices.Concat(Checks(), OrganizationChecks())
	i := slices.IndexFunc(all, func(c Check) bool { return c.ID == id })
	if i < 0 {
		return Check{}, false
	}
	return all[i], true
}

// judgement collects what a check finds. The result is computed from it: a check cannot return "pass".
type judgement struct {
	facts   Facts
	options Options
	now     time.Time // Options.AsOf.
	// declared are the attestations.
	declared *declarations
	// findings are all other findings, for checks of the layer configuration.
	findings []Finding
	list     *AccessList // Who may do what; nil without an assessment of the Organization.

	organization OrganizationFacts // Of checks of an Organization.
	access       access            // Of checks of an Organization.

	objects  []Object
	gaps     []Gap
	accepted []AcceptedObject
	apart    []string // Objects that are listed and not judged.
	empty    Text     // Why there is nothing to judge.
}

// reads registers facts that the check depends on. It returns false if they are missing: the check cannot pass then.
func (j *judgement) reads(missing *Gap) bool {
	if missing == nil {
		return true
	}
	if !slices.Contains(j.gaps, *missing) {
		j.gaps = append(j.gaps, *missing)
	}
	return false
}

// each calls visit for the items of a list that the check depends on. Without the complete list the check cannot pass.
func each[T any](j *judgement, list Collection[T], visit func(T)) {
	j.reads(list.Missing())
	for _, item := range list.Items {
		visit(item)
	}
}

// known returns the value of an attribute that decides about an object. If the source did not have it, the object is
// not evaluated, and known returns false.
func known[T any](j *judgement, o Object, value *T) (T, bool) {
	if value == nil {
		j.unknown(o, Gap{Reason: NoAPIField, Needs: o.Attribute})
		var zero T
		return zero, false
	}
	return *value, true
}

// pass records an object without a deviation.
func (j *judgement) pass(o Object) {
	o.Result, o.Severity, o.Gap = Pass, "", nil
	j.objects = append(j.objects, o)
}

// passWith records an object without a deviation, and the fact that explains why.
func (j *judgement) passWith(o Object, en, fr string) {
	o.Found = Text{EN: en, FR: fr}
	j.pass(o)
}

// fail records an object with a deviation. The texts are sentences without the name of the object.
func (j *judgement) fail(o Object, severity Severity, en, fr string) {
	o.Result, o.Severity, o.Found = Fail, severity, Text{EN: en, FR: fr}
	j.objects = append(j.objects, o)
}

// decide records an object that a person has to judge.
func (j *judgement) decide(o Object, en, fr string) {
	o.Result, o.Found = NeedsDecision, Text{EN: en, FR: fr}
	j.objects = append(j.objects, o)
}

// unknown records an object that cannot be judged.
func (j *judgement) unknown(o Object, gap Gap) {
	o.Result, o.Gap = NotEvaluated, &gap
	j.objects = append(j.objects, o)
}

// nothing sets the text of a finding that has no object to judge.
func (j *judgement) nothing(en, fr string) { j.empty = Text{EN: en, FR: fr} }

// accept records an object as accepted if an input of this name lists one of the ids, and returns true.
func (j *judgement) accept(o Object, input string, ids ...string) bool {
	list := j.options.Inputs.Accepts(input)
	for _, id := range ids {
		entry, ok := list[id]
		if !ok || id == "" {
			continue
		}
		o.Accepted = input
		j.passWith(o, "Accepted by "+input+".", "Admis par paramètre : "+input+".")
		j.accepted = append(j.accepted, AcceptedObject{
			Subject: o.ID, Input: input, Reason: entry.Reason, ReviewedOn: entry.ReviewedOn,
		})
		return true
	}
	return false
}

// YoungAge is the age below which an object may still be changing: its other halves may not exist yet.
const YoungAge = 15 * time.Minute

// isYoung reports whether an object was created shortly before the facts were read.
func (j *judgement) isYoung(createdAt *time.Time) bool {
	return createdAt != nil && j.facts.ReadAt.Sub(*createdAt) < YoungAge
}

// failUnlessYoung records a deviation, or an object that cannot be judged yet if it is new.
func (j *judgement) failUnlessYoung(o Object, createdAt *time.Time, severity Severity, en, fr string) {
	if j.isYoung(createdAt) {
		j.unknown(o, Gap{Reason: Changing, Detail: "created " + createdAt.UTC().Format(time.RFC3339)})
		return
	}
	j.fail(o, severity, en, fr)
}

// cluster returns the cluster, and false if it was not read.
func (j *judgement) cluster() (Cluster, bool) {
	if !j.reads(j.facts.Cluster.Missing()) {
		return Cluster{}, false
	}
	return *j.facts.Cluster.Value, true
}

// clusterObject returns the cluster as the object of a check.
func (j *judgement) clusterObject(attribute, value string) Object {
	o := Object{ID: j.facts.ClusterID, Source: j.facts.Cluster.Source, Attribute: attribute, Value: value}
	if c := j.facts.Cluster.Value; c != nil {
		o.Name = c.Name
	}
	return o
}

// poolObject returns a pool as the object of a check. Its id is the id of resources and waivers: "region/UUID".
func (j *judgement) poolObject(p Pool, attribute, value string) Object {
	return Object{
		ID: j.region() + "/" + p.ID, Name: p.Name, Source: j.facts.Pools.Source, Attribute: attribute, Value: value,
	}
}

// region returns the region of the cluster's id.
func (j *judgement) region() string {
	for i, r := range j.facts.ClusterID {
		if r == '/' {
			return j.facts.ClusterID[:i]
		}
	}
	return ""
}

// finish computes the finding of a check.
func (j *judgement) finish(c Check, scope string) Finding {
	f := Finding{
		ID: c.ID + "@" + scope, Check: c.ID, Clauses: c.Clauses(), Layer: c.Layer, Indicator: c.Indicator,
		Severity: c.Severity, Scope: scope, Title: c.Title, Expected: c.Expected, Remedy: c.Remedy,
		Disposition: Open, Subjects: []string{}, Evidence: []Evidence{}, Accepted: j.accepted, Objects: j.objects,
	}
	f.Listed = slices.Sorted(slices.Values(j.apart))
	sortObjects(f.Objects)
	slices.SortFunc(f.Accepted, func(a, b AcceptedObject) int { return strings.Compare(a.Subject, b.Subject) })
	results, deviates := []Result{}, map[string]bool{}
	for _, o := range f.Objects {
		results = append(results, o.Result)
		deviates[o.ID] = deviates[o.ID] || o.Result != Pass
	}
	for _, isDeviation := range deviates {
		f.Population.Total++
		if !isDeviation {
			f.Population.Passed++
		}
	}
	if len(j.gaps) > 0 {
		results = append(results, NotEvaluated)
	}
	f.Result = worst(results...)
	f.NotEvaluated = mergeGaps(j.gaps, f.Objects)
	for _, o := range f.Objects {
		if o.Result != f.Result {
			continue
		}
		if f.Result == Fail && len(f.Subjects) == 0 {
			f.Severity = o.Severity
		}
		if !slices.Contains(f.Subjects, o.ID) {
			f.Subjects = append(f.Subjects, o.ID)
		}
		f.Evidence = append(f.Evidence, o.evidence())
	}
	slices.Sort(f.Subjects)
	f.Found = j.found(f)
	if c.Indicator && f.Result == Pass {
		f.Result = NotApplicable
	}
	return f
}

// found describes what was found.
func (j *judgement) found(f Finding) Text {
	deciding := slices.DeleteFunc(slices.Clone(f.Objects), func(o Object) bool { return o.Result != f.Result })
	text := describe(deciding)
	switch {
	case text != (Text{}):
		return text
	case f.Result == Pass && len(deciding) == 1 && deciding[0].Value != "":
		value := fmt.Sprintf("%s = %s.", deciding[0].Attribute, deciding[0].Value)
		return Text{EN: value, FR: value}
	case f.Result == NotApplicable && j.empty != (Text{}):
		return j.empty
	case f.Result == NotApplicable:
		return Text{EN: "There is no such object.", FR: "Il n'existe aucun objet de ce type."}
	case f.Result == NotEvaluated && len(f.NotEvaluated) > 0:
		label := f.NotEvaluated[0].Reason.Label()
		return Text{EN: "Not evaluated: " + label.EN + ".", FR: "Non évalué : " + label.FR + "."}
	}
	return Text{
		EN: fmt.Sprintf("No deviation found in %d of %d objects.", f.Population.Passed, f.Population.Total),
		FR: fmt.Sprintf("Aucun écart constaté pour %d objets sur %d.", f.Population.Passed, f.Population.Total),
	}
}

// mergeGaps returns the gaps of lists and objects, each once, in the order of the reasons.
func mergeGaps(gaps []Gap, objects []Object) []Gap {
	all := slices.Clone(gaps)
	for _, o := range objects {
		if o.Gap != nil {
			all = append(all, *o.Gap)
		}
	}
	slices.SortStableFunc(all, compareGaps)
	return slices.Compact(all)
}
