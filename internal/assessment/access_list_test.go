package assessment

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
)

// accessRig is an Organization and a cluster whose access is reviewed.
type accessRig struct {
	t            *testing.T
	organization OrganizationFacts
	cluster      Facts
	options      Options
}

// newAccessRig returns a cluster in which a person may enter pods of a namespace, and an Operator all Secrets.
func newAccessRig(t *testing.T) *accessRig {
	t.Helper()
	r := &accessRig{t: t, organization: newOrganization(), cluster: newFacts(), options: options()}
	r.cluster.Cluster.Value.OrganizationID = organizationUUID
	in := &r.cluster.InCluster
	in.Roles = Read("GET roles", []Role{
		{Name: "cluster-admin", Rules: []RoleRule{
			{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
		}},
		{Name: "debug", Rules: []RoleRule{
			{Verbs: []string{"create"}, APIGroups: []string{""}, Resources: []string{"pods/exec"}},
		}},
		{Name: "secrets", Rules: []RoleRule{
			{Verbs: []string{"list"}, APIGroups: []string{""}, Resources: []string{"secrets"}},
		}},
		{Name: "view", Rules: []RoleRule{
			{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}},
		}},
	})
	in.Bindings = Read("GET bindings", []RoleBinding{
		{Namespace: "shop", Name: "debug", RoleKind: "ClusterRole", RoleName: "debug", Subjects: []RoleSubject{
			{Kind: "User", Name: HashName("jane.doe")},
		}},
		{Name: "operator", RoleKind: "ClusterRole", RoleName: "secrets", Subjects: []RoleSubject{
			{Kind: "ServiceAccount", Namespace: "operator", Name: "operator"},
		}},
		{Name: "viewer", RoleKind: "ClusterRole", RoleName: "view", Subjects: []RoleSubject{
			{Kind: "ServiceAccount", Namespace: "shop", Name: "viewer"},
		}},
		{Name: "system:controller", RoleKind: "ClusterRole", RoleName: "system:controller", Subjects: []RoleSubject{
			{Kind: "Group", Name: "system:controllers"},
		}},
	})
	return r
}

// evaluate judges the Organization and the cluster.
func (r *accessRig) evaluate() Assessment {
	one := EvaluateOrganization(r.organization, assessedClusters(), organizationOptions())
	r.options.Organization = &one
	return Evaluate(r.cluster, r.options)
}

// review adds an attestation of a list.
func (r *accessRig) review(digest string) {
	review := goodAttestation(r.t, kindAccessReview)
	review.Fields["list_digest"] = digest
	r.options.Attestations = []Attestation{review}
}

func (r *accessRig) expect(check string, want Result) {
	r.t.Helper()
	a := r.evaluate()
	if f, _ := a.Finding(check); see(r.t, f).Result != want {
		r.t.Errorf("%s: %s, expected %s: %+v", check, f.Result, want, f)
	}
}

const (
	reviewCheck = attestationPrefix + kindAccessReview
	podCheck    = "privileged_pod_access"
)

// addBinding gives a group a shell in all pods.
func (r *accessRig) addBinding() {
	b := &r.cluster.InCluster.Bindings
	b.Items = append(b.Items, RoleBinding{
		Name: "ops", RoleKind: "ClusterRole", RoleName: "debug", Subjects: []RoleSubject{{Kind: "Group", Name: "ops"}},
	})
}

func TestAccessList(t *testing.T) {
	t.Parallel()
	r := newAccessRig(t)
	list := r.evaluate().Access
	texts := []string{}
	for _, e := range list.entries() {
		texts = append(texts, e.text())
	}
	project, organization := ProjectScope(projectID), OrganizationScope(organizationUUID)
	want := []string{
		"application/pipeline " + project + ": KubernetesFullAccess",
		"group/team " + project + ": KubernetesReadOnly",
		"user/member " + project + " group/team: KubernetesReadOnly",
		"user/owner " + organization + ": owner",
		"User:" + HashName(
			"jane.doe",
		) + " fr-par/" + clusterUUID + " RoleBinding/shop/debug: ClusterRole/debug, pods/exec",
		"system:serviceaccount:operator:operator fr-par/" + clusterUUID + " ClusterRoleBinding/operator: " +
			"ClusterRole/secrets, the Secrets of all namespaces",
	}
	if !slices.Equal(texts, want) {
		t.Errorf("%q\nexpected %q", texts, want)
	}
	// The same list has the same digest in every release: a review attests it for 90 days.
	const digest = "sha256:b3969337155513475b1b0481fb0757c8b17267dc5311396378d7cff9c4127ed5"
	if list.Digest != digest || list.Clusters[0].Digest != digest {
		t.Errorf("digest %s, of the cluster %s", list.Digest, list.Clusters[0].Digest)
	}
}

// TestAccessListDigest checks what changes the digest of the list, and what does not.
func TestAccessListDigest(t *testing.T) {
	t.Parallel()
	before := newAccessRig(t).evaluate().Access.Digest
	for name, test := range map[string]struct {
		change  func(*accessRig)
		changes bool
	}{
		"a member of a group": {func(r *accessRig) {
			r.organization.Groups.Items[0].UserIDs = append(r.organization.Groups.Items[0].UserIDs, "guest")
		}, true},
		"a permission set": {func(r *accessRig) {
			rule := &r.organization.Policies.Items[0].Rules.Items[0]
			rule.PermissionSets = append(rule.PermissionSets, "VPCReadOnly")
		}, true},
		"a condition": {func(r *accessRig) {
			r.organization.Policies.Items[0].Rules.Items[0].Condition = "x"
		}, true},
		"a binding":         {(*accessRig).addBinding, true},
		"a policy as equal": {func(r *accessRig) { r.organization.Policies.Items[0].ID = "renewed" }, false},
		"another department": {func(r *accessRig) {
			p := policyFor("more", ofUser("stranger"), "VPCFullAccess")
			p.Rules.Items[0].ProjectIDs = &[]string{otherProject}
			r.organization.addPolicy(p)
		}, false},
		"a key": {func(r *accessRig) {
			r.organization.addKey(func(k *APIKey) { k.ApplicationID = "pipeline" })
		}, false},
		"a login": {func(r *accessRig) { r.organization.Users.Items[1].LastLoginAt = ptr(now()) }, false},
		"the nodes": {func(r *accessRig) {
			r.organization.Policies.Items[4].GroupID = "nodes-of-another-cluster"
		}, false},
		"an operator": {func(r *accessRig) { r.cluster.InCluster.Bindings.Items[1].Subjects[0].Name = "new" }, true},
	} {
		r := newAccessRig(t)
		test.change(r)
		after := r.evaluate().Access.Digest
		if after == "" || (after != before) != test.changes {
			t.Errorf("%s: the digest changes: %v", name, after != before)
		}
	}
	for name, change := range map[string]func(*accessRig){
		"rules":        func(r *accessRig) { r.organization.Policies.Items[0].Rules = unreadIAM[Rule]() },
		"applications": func(r *accessRig) { r.organization.Applications = unreadIAM[Application]() },
		"bindings":     func(r *accessRig) { r.cluster.InCluster.Bindings = unreadIAM[RoleBinding]() },
		"roles":        func(r *accessRig) { r.cluster.InCluster.Roles = unreadIAM[Role]() },
	} {
		r := newAccessRig(t)
		r.review(before)
		change(r)
		if list := r.evaluate().Access; list.Digest != "" || list.Missing == nil {
			t.Errorf("%s unread: digest %q", name, list.Digest)
		}
		r.expect(reviewCheck, NotEvaluated)
	}
}

// TestAccessReview compares a review with the list: equal, changed, and changed in a known way.
func TestAccessReview(t *testing.T) {
	t.Parallel()
	r := newAccessRig(t)
	r.expect(reviewCheck, NotEvaluated)
	r.expect(podCheck, NotEvaluated)
	earlier := r.evaluate()
	r.review(earlier.Access.Digest)
	r.expect(reviewCheck, Attested)
	r.expect(podCheck, Pass)
	c, _ := r.evaluate().Clause("HDS-CTR-03")
	if i := slices.IndexFunc(c.Parts, func(p PartResult) bool { return p.Name == kindAccessReview }); i < 0 ||
		c.Parts[i].Result != Attested {
		t.Errorf("HDS-CTR-03: %+v", c)
	}

	r.addBinding()
	r.expect(reviewCheck, Fail)
	r.expect(podCheck, NeedsDecision)
	encoded := encode(t, earlier)
	var baseline Assessment
	if err := json.Unmarshal(encoded, &baseline); err != nil {
		t.Fatal(err)
	}
	r.options.Baseline = &baseline
	r.expect(reviewCheck, Fail)
	a := r.evaluate()
	if f, _ := a.Finding(podCheck); see(t, f).Result != Fail || f.Severity != Medium ||
		!slices.Equal(f.Subjects, []string{"ClusterRoleBinding/ops"}) {
		t.Errorf("%+v", f)
	}
	if c, _ := a.Clause("IAM-04"); c.Result != Fail {
		t.Errorf("IAM-04: %+v", c)
	}

	r.cluster.InCluster.Bindings.Items = r.cluster.InCluster.Bindings.Items[1:4] // the person and the group are gone
	r.expect(reviewCheck, Attested)
	baseline.Access.Organization = append(baseline.Access.Organization, AccessEntry{Principal: "user/x"})
	r.expect(reviewCheck, Fail) // the earlier list is not the one that was reviewed
}

// TestAccessListOfRun checks that the list of a run is that of the assessments.
func TestAccessListOfRun(t *testing.T) {
	t.Parallel()
	r := newAccessRig(t)
	got := AccessListOfRun(r.organization, assessedClusters(), r.cluster)
	one := EvaluateOrganization(r.organization, assessedClusters(), organizationOptions())
	if want := NewAccessList(one, r.cluster); got.Digest == "" || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\n%+v", got, want)
	}
}

// TestAccessReviewOfARun attests the list of several clusters at once.
func TestAccessReviewOfARun(t *testing.T) {
	t.Parallel()
	r := newAccessRig(t)
	one := EvaluateOrganization(r.organization, assessedClusters(), organizationOptions())
	second := newAccessRig(t).cluster
	second.ClusterID = "fr-par/" + otherProject
	list := NewAccessList(one, second, r.cluster)
	if list.Digest == "" || list.Digest == list.Clusters[0].Digest || list.Clusters[0].ID != "fr-par/"+clusterUUID {
		t.Fatalf("%+v", list)
	}
	r.review(list.Digest)
	r.expect(reviewCheck, Fail)
	r.options.AccessListDigest = list.Digest
	r.expect(reviewCheck, Attested)
	r.review(list.Clusters[0].Digest)
	r.expect(reviewCheck, Attested)
	r.review(list.Clusters[1].Digest)
	r.expect(reviewCheck, Fail)
}

func TestPodAccess(t *testing.T) {
	t.Parallel()
	rule := func(group string, resources ...string) RoleRule {
		return RoleRule{Verbs: []string{"create"}, APIGroups: []string{group}, Resources: resources}
	}
	for name, test := range map[string]struct {
		rule RoleRule
		want int
	}{
		"exec": {rule("", "pods/exec"), 1}, "all": {rule("*", "*"), 5}, "all exec": {rule("", "*/exec"), 1},
		"kubelet": {rule("", "nodes/proxy", "pods/attach"), 2}, "pods": {rule("", "pods", "pods/log"), 0},
		"another group": {rule("apps", "*"), 0},
	} {
		if got := podAccess([]RoleRule{test.rule}); len(got) != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	r := newAccessRig(t)
	r.cluster.InCluster.Bindings.Items = r.cluster.InCluster.Bindings.Items[1:]
	r.expect(podCheck, NotApplicable)
	r.cluster.InCluster.Bindings.Items = append(r.cluster.InCluster.Bindings.Items, RoleBinding{
		Name: "cluster-admin", RoleKind: "ClusterRole", RoleName: "cluster-admin", Subjects: []RoleSubject{
			{Kind: "Group", Name: "system:masters"},
		},
	})
	r.expect(podCheck, Pass)
	r.cluster.InCluster.Roles = unreadIAM[Role]()
	r.expect(podCheck, NotEvaluated)
}
