package assessment

import (
	"slices"
	"testing"
	"time"
)

// organizationUUID is the id of the tests' Organization.
const organizationUUID = "33333333-3333-4333-8333-333333333333"

// policyFor returns a policy with one rule in the assessed Project.
func policyFor(id string, principal func(*Policy), sets ...string) Policy {
	p := Policy{ID: id, Rules: Read("", []Rule{{
		ID: id + "-rule", PermissionSets: sets, ProjectIDs: ptr([]string{otherProject, projectID}),
	}})}
	principal(&p)
	return p
}

func ofUser(id string) func(*Policy)        { return func(p *Policy) { p.UserID = id } }
func ofGroup(id string) func(*Policy)       { return func(p *Policy) { p.GroupID = id } }
func ofApplication(id string) func(*Policy) { return func(p *Policy) { p.ApplicationID = id } }

// newOrganization returns facts of an Organization without a deviation. A member and a pipeline reach the assessed
// Project; another member and another application have rights in another Project only.
func newOrganization() OrganizationFacts {
	yesterday, long := now().AddDate(0, 0, -1), now().AddDate(0, 3, 0)
	elsewhere := func(id string, principal func(*Policy)) Policy {
		p := policyFor(id, principal, "AllProductsFullAccess", systemMasters)
		p.Rules.Items[0].ProjectIDs = &[]string{otherProject}
		return p
	}
	user := func(id, kind string) User {
		return User{
			ID: id, Type: kind, Status: "activated", MFA: ptr(true), LastLoginAt: &yesterday, CreatedAt: &yesterday,
		}
	}
	owner, stranger := user("owner", "owner"), user("stranger", "member")
	owner.AccountRootUserID, stranger.MFA = "root", ptr(false)
	return OrganizationFacts{
		Format:         OrganizationFormat,
		ReadAt:         now(),
		OrganizationID: organizationUUID,
		Users:          Read("GET users", []User{owner, user("member", "member"), user("guest", "guest"), stranger}),
		Applications: Read(
			"GET applications",
			[]Application{{ID: "pipeline"}, {ID: "other"}, {ID: "vpn", Managed: true}},
		),
		Groups: Read("GET groups", []Group{
			{ID: "team", UserIDs: []string{"member"}, ApplicationIDs: []string{}},
			{ID: "nodes", UserIDs: []string{}, ApplicationIDs: []string{}, Managed: true},
		}),
		Policies: Read("GET policies", []Policy{
			policyFor("team-policy", ofGroup("team"), "KubernetesReadOnly"),
			policyFor("pipeline-policy", ofApplication("pipeline"), "KubernetesFullAccess"),
			elsewhere("stranger-policy", ofUser("stranger")), elsewhere("other-policy", ofApplication("other")),
			{ID: "nodes-policy", GroupID: "nodes", Managed: true, Rules: Read("", []Rule{
				{
					ID:             "r",
					PermissionSets: []string{"KubernetesExternalNodeRegister"},
					ProjectIDs:     ptr([]string{projectID}),
				},
			})},
			{ID: "control-plane", ApplicationID: "control", Managed: true, Rules: Read("", []Rule{{
				ID: "c", PermissionSets: []string{systemMasters}, ProjectIDs: ptr([]string{projectID}),
			}})},
		}),
		APIKeys: Read("GET api-keys", []APIKey{
			{AccessKey: "SCWPIPELINE", ApplicationID: "pipeline", CreatedAt: &yesterday, ExpiresAt: &long},
			{AccessKey: "SCWOTHER", ApplicationID: "other", CreatedAt: ptr(now().AddDate(-3, 0, 0))},
			{AccessKey: "SCWCONTROL", ApplicationID: "control", CreatedAt: ptr(now().AddDate(-3, 0, 0)), Managed: true},
			{
				AccessKey: "SCWEXPIRED", UserID: "owner", CreatedAt: ptr(now().AddDate(-3, 0, 0)),
				ExpiresAt: ptr(now().AddDate(-2, 0, 0)),
			},
		}),
		Security: Fact[SecuritySettings]{Value: &SecuritySettings{MaxKeyDays: ptr(0)}},
		Logins:   Fact[LoginMethods]{Value: &LoginMethods{Password: true, MagicCode: true}},
		ExportJobs: Read("GET export-jobs", []ExportJob{
			{
				ID:         "job",
				Region:     "fr-par",
				CreatedAt:  ptr(now().AddDate(0, -6, 0)),
				LastRunAt:  ptr(now().Add(-8 * time.Hour)),
				LastStatus: ptr("success"),
				Bucket: Fact[ExportBucket]{Value: &ExportBucket{
					Name: "trail", ProjectID: otherProject, Region: Fact[string]{Value: ptr("fr-par")},
					Versioning: Fact[bool]{Value: ptr(true)}, Public: Fact[bool]{Value: ptr(false)},
					ObjectLock: Fact[BucketLock]{Value: &BucketLock{
						Enabled: ptr(true), RetentionDays: ptr(400), RetentionMode: "COMPLIANCE",
					}},
				}},
			},
		}),
		AlertRules: Read("GET alert-rules", []AlertRule{
			{ID: "a", Status: ptr("enabled")}, {ID: "b", Status: ptr("enabled")},
		}),
		Contracts: Read("GET contract-signatures", []ContractSignature{{
			ID: "signature", Type: "global", Name: "hds", Version: 2, SignedAt: ptr(now().AddDate(-1, 0, 0)),
		}}),
	}
}

// assessedClusters returns the cluster that is assessed with the Organization.
func assessedClusters() []AssessedCluster {
	return []AssessedCluster{{
		ID: "fr-par/" + clusterUUID, ProjectID: projectID, IAMNodesGroupID: "nodes", IAMControlPlaneAppl: "control",
		HDS: true,
	}}
}

// organizationOptions returns options with the inputs that the checks of an Organization need.
func organizationOptions() Options {
	return Options{AsOf: now(), Inputs: Inputs{
		RequiredLogRetentionDays: 365, Contract: &Contract{Type: "global", Name: "hds", Reference: "C-1"},
	}}
}

// addPolicy adds a policy.
func (f *OrganizationFacts) addPolicy(p Policy) { f.Policies.Items = append(f.Policies.Items, p) }

// addKey adds an API key that is one day old and expires.
func (f *OrganizationFacts) addKey(change func(*APIKey)) {
	k := APIKey{AccessKey: "SCWNEW", CreatedAt: ptr(now().AddDate(0, 0, -1)), ExpiresAt: ptr(now().AddDate(0, 1, 0))}
	change(&k)
	f.APIKeys.Items = append(f.APIKeys.Items, k)
}

// organizationCase is a change of facts and the result of a check.
type organizationCase struct {
	name, check string
	change      func(*OrganizationFacts, *Options)
	want        Result
	severity    Severity
	subjects    []string
}

// runOrganizationCases judges facts of an Organization that differ in one thing.
func runOrganizationCases(t *testing.T, cases []organizationCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.check+" "+test.name, func(t *testing.T) {
			t.Parallel()
			facts, o := newOrganization(), organizationOptions()
			if test.change != nil {
				test.change(&facts, &o)
			}
			f, ok := EvaluateOrganization(facts, assessedClusters(), o).Finding(test.check)
			see(t, f)
			if !ok || f.Result != test.want || test.want == Fail && f.Severity != test.severity {
				t.Fatalf("%s %s, expected %s %s: %+v", f.Result, f.Severity, test.want, test.severity, f)
			}
			if test.subjects != nil && !slices.Equal(f.Subjects, test.subjects) {
				t.Errorf("subjects %v, expected %v", f.Subjects, test.subjects)
			}
			if f.Scope != "organization/"+organizationUUID || len(f.Clauses) == 0 {
				t.Errorf("scope %s, clauses %v", f.Scope, f.Clauses)
			}
		})
	}
}

func unreadIAM[T any]() Collection[T] {
	return Unread[T]("", Gap{Reason: Forbidden, Needs: "IAMReadOnly in the Organization"})
}

func TestBroadGrants(t *testing.T) {
	t.Parallel()
	admin := func(f *OrganizationFacts) {
		f.addPolicy(policyFor("admin", ofUser("member"), "KubernetesFullAccess"))
	}
	runOrganizationCases(t, []organizationCase{
		{"no such right", "iam_broad_grants", nil, Pass, "", nil},
		{"a member", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) { admin(f) }, Fail, Medium,
			[]string{"user/member"}},
		{"through a group", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.Policies.Items[0].Rules.Items[0].PermissionSets = []string{"AllProductsFullAccess"}
		}, Fail, Medium, []string{"user/member"}},
		{"a condition is no proof", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			admin(f)
			f.Policies.Items[len(f.Policies.Items)-1].Rules.Items[0].Condition = "1 == 1"
		}, Fail, Medium, []string{"user/member"}},
		{"in the whole Organization", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.addPolicy(policyFor("iam", ofUser("stranger"), "IAMManager"))
			f.Policies.Items[len(f.Policies.Items)-1].Rules.Items[0].ProjectIDs = nil
		}, Fail, Medium, []string{"user/stranger"}},
		{"all users", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.Groups.Items = append(f.Groups.Items, Group{ID: "all", AllUsers: true, Managed: true})
			f.addPolicy(policyFor("all", ofGroup("all"), "KubernetesFullAccess"))
		}, Fail, Medium, []string{"user/guest", "user/member", "user/stranger"}},
		{"expected", "iam_broad_grants", func(f *OrganizationFacts, o *Options) {
			admin(f)
			o.Inputs.ExpectedAdministrators = map[string]Acceptance{"member": {Reason: "sre", ReviewedOn: "2026-11-01"}}
		}, Pass, "", nil},
		{"an expected group", "iam_broad_grants", func(f *OrganizationFacts, o *Options) {
			f.Policies.Items[0].Rules.Items[0].PermissionSets = []string{"AllProductsFullAccess"}
			o.Inputs.ExpectedAdministrators = map[string]Acceptance{"team": {Reason: "sre", ReviewedOn: "2026-11-01"}}
		}, Pass, "", nil},
		{"an expected group, and a policy of one's own", "iam_broad_grants", func(f *OrganizationFacts, o *Options) {
			admin(f)
			f.Policies.Items[0].Rules.Items[0].PermissionSets = []string{"AllProductsFullAccess"}
			o.Inputs.ExpectedAdministrators = map[string]Acceptance{"team": {Reason: "sre", ReviewedOn: "2026-11-01"}}
		}, Fail, Medium, nil},
		{"the owner is listed", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.addPolicy(policyFor("owner", ofUser("owner"), "OrganizationManager"))
		}, Pass, "", nil},
		{"a managed policy", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			admin(f)
			f.Policies.Items[len(f.Policies.Items)-1].Managed = true
		}, NeedsDecision, "", []string{"user/member"}},
		{"all applications", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.Groups.Items = append(f.Groups.Items, Group{ID: "all", AllApplications: true, Managed: true})
			f.addPolicy(policyFor("all", ofGroup("all"), "AllProductsFullAccess"))
		}, Fail, Medium, []string{"group/all"}},
		{"all applications may read", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.Groups.Items = append(f.Groups.Items, Group{ID: "all", AllApplications: true, Managed: true})
			f.addPolicy(policyFor("all", ofGroup("all"), "KubernetesReadOnly"))
		}, NeedsDecision, "", []string{"group/all"}},
		{"no principal", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.addPolicy(policyFor("none", func(p *Policy) { p.NoPrincipal = true }, "KubernetesFullAccess"))
		}, Pass, "", nil},
		{"rules unread", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.Policies.Items[2].Rules = unreadIAM[Rule]()
		}, NotEvaluated, "", nil},
		{"a fail stands", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			admin(f)
			f.Policies.Complete, f.Policies.Gap = false, &Gap{Reason: Unreachable}
		}, Fail, Medium, []string{"user/member"}},
		{"users unread", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			admin(f)
			f.Users = unreadIAM[User]()
		}, NotEvaluated, "", nil},
		{"a list without its owner", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.Users.Items = f.Users.Items[1:]
		}, NotEvaluated, "", nil},
		{"a user who is not listed", "iam_broad_grants", func(f *OrganizationFacts, _ *Options) {
			f.Groups.Items[0].UserIDs = append(f.Groups.Items[0].UserIDs, "hidden")
		}, NotEvaluated, "", nil},
		{"skipped", "iam_broad_grants", func(_ *OrganizationFacts, o *Options) {
			o.Skip = []string{"iam_broad_grants"}
		}, NotEvaluated, "", nil},
	})
	owner := newOrganization()
	f, _ := EvaluateOrganization(owner, assessedClusters(), organizationOptions()).Finding("iam_broad_grants")
	if want := []string{"application/control", "group/nodes", "user/owner"}; !slices.Equal(f.Listed, want) {
		t.Errorf("listed %v, expected %v", f.Listed, want)
	}
}

func TestSystemMasters(t *testing.T) {
	t.Parallel()
	masters := func(principal func(*Policy)) func(*OrganizationFacts, *Options) {
		return func(f *OrganizationFacts, _ *Options) { f.addPolicy(policyFor("masters", principal, systemMasters)) }
	}
	runOrganizationCases(t, []organizationCase{
		{"no such right", "iam_system_masters", nil, Pass, "", nil},
		{"all products", "iam_system_masters", func(f *OrganizationFacts, _ *Options) {
			f.addPolicy(policyFor("all", ofApplication("pipeline"), allProducts))
		}, NeedsDecision, "", []string{"application/pipeline"}},
		{"all products, expected", "iam_system_masters", func(f *OrganizationFacts, o *Options) {
			f.addPolicy(policyFor("all", ofApplication("pipeline"), allProducts))
			o.Inputs.ExpectedAdministrators = map[string]Acceptance{"application/pipeline": {Reason: "deploys"}}
		}, Pass, "", nil},
		{"no policy at all", "iam_system_masters", func(f *OrganizationFacts, _ *Options) {
			f.Policies.Items = nil
		}, NotEvaluated, "", nil},
		{"a member", "iam_system_masters", masters(ofUser("member")), Fail, High, []string{"user/member"}},
		{"an application", "iam_system_masters", masters(ofApplication("pipeline")), Fail, High, nil},
		{"a group", "iam_system_masters", masters(ofGroup("team")), Fail, High, []string{"group/team", "user/member"}},
		{"the nodes", "iam_system_masters", masters(ofGroup("nodes")), Fail, High, []string{"group/nodes"}},
		{"break glass", "iam_system_masters", func(f *OrganizationFacts, o *Options) {
			masters(ofUser("member"))(f, o)
			o.Inputs.BreakGlass = map[string]Acceptance{"user/member": {Reason: "rescue", ReviewedOn: "2026-11-01"}}
		}, Pass, "", nil},
		{"an administrator is not break glass", "iam_system_masters", func(f *OrganizationFacts, o *Options) {
			masters(ofUser("member"))(f, o)
			o.Inputs.ExpectedAdministrators = map[string]Acceptance{"member": {Reason: "x", ReviewedOn: "2026-11-01"}}
		}, Fail, High, nil},
		{"a control plane that is not assessed", "iam_system_masters", func(f *OrganizationFacts, o *Options) {
			masters(ofApplication("control-2"))(f, o)
			f.Policies.Items[len(f.Policies.Items)-1].Managed = true
		}, Pass, "", nil},
		{"a member through a managed policy", "iam_system_masters", func(f *OrganizationFacts, o *Options) {
			masters(ofUser("member"))(f, o)
			f.Policies.Items[len(f.Policies.Items)-1].Managed = true
		}, NeedsDecision, "", []string{"user/member"}},
		{"policies unread", "iam_system_masters", func(f *OrganizationFacts, _ *Options) {
			f.Policies = unreadIAM[Policy]()
		}, NotEvaluated, "", nil},
	})
}

func TestNodesGroup(t *testing.T) {
	t.Parallel()
	runOrganizationCases(t, []organizationCase{
		{"only Scaleway's", "iam_nodes_group_grants", nil, Pass, "", []string{"group/nodes"}},
		{"a further policy", "iam_nodes_group_grants", func(f *OrganizationFacts, _ *Options) {
			f.addPolicy(policyFor("extra", ofGroup("nodes"), "ContainerRegistryReadOnly"))
		}, Fail, Medium, []string{"group/nodes"}},
		{"in another Project", "iam_nodes_group_grants", func(f *OrganizationFacts, _ *Options) {
			f.addPolicy(policyFor("extra", ofGroup("nodes"), "ContainerRegistryReadOnly"))
			f.Policies.Items[len(f.Policies.Items)-1].Rules.Items[0].ProjectIDs = &[]string{otherProject}
		}, Fail, Medium, nil},
		{"without rules", "iam_nodes_group_grants", func(f *OrganizationFacts, _ *Options) {
			f.addPolicy(Policy{ID: "empty", GroupID: "nodes", Rules: Read("", []Rule{})})
		}, Pass, "", nil},
		{"rules unread", "iam_nodes_group_grants", func(f *OrganizationFacts, _ *Options) {
			f.addPolicy(Policy{ID: "unread", GroupID: "nodes", Rules: unreadIAM[Rule]()})
		}, NotEvaluated, "", nil},
		{"all applications", "iam_nodes_group_grants", func(f *OrganizationFacts, _ *Options) {
			f.Groups.Items = append(f.Groups.Items, Group{ID: "all", AllApplications: true, Managed: true})
			f.addPolicy(policyFor("all", ofGroup("all"), "KubernetesReadOnly"))
		}, NeedsDecision, "", []string{"group/all"}},
		{"all applications, rules unread", "iam_nodes_group_grants", func(f *OrganizationFacts, _ *Options) {
			f.Groups.Items = append(f.Groups.Items, Group{ID: "all", AllApplications: true, Managed: true})
			f.addPolicy(Policy{ID: "unread", GroupID: "all", Rules: unreadIAM[Rule]()})
		}, NotEvaluated, "", nil},
		{"policies unread", "iam_nodes_group_grants", func(f *OrganizationFacts, _ *Options) {
			f.Policies = unreadIAM[Policy]()
		}, NotEvaluated, "", nil},
	})
	for name, change := range map[string]func(*AssessedCluster){
		"no group": func(c *AssessedCluster) { c.IAMNodesGroupID = "" },
		"unread": func(c *AssessedCluster) {
			*c = AssessedCluster{ID: c.ID, Missing: &Gap{Reason: Forbidden, Needs: "KubernetesReadOnly"}}
		},
	} {
		clusters := assessedClusters()
		change(&clusters[0])
		a := EvaluateOrganization(newOrganization(), clusters, organizationOptions())
		if f, _ := a.Finding("iam_nodes_group_grants"); f.Result != NotEvaluated {
			t.Errorf("%s: %s", name, f.Result)
		}
	}
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	runOrganizationCases(t, []organizationCase{
		{"young and expiring", "iam_api_keys", nil, Pass, "", []string{"api_key/SCWPIPELINE"}},
		{"no expiry", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(k *APIKey) { k.ApplicationID, k.ExpiresAt = "pipeline", nil })
		}, Fail, Medium, []string{"api_key/SCWNEW"}},
		{"too old", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(k *APIKey) { k.ApplicationID, k.CreatedAt = "pipeline", ptr(now().AddDate(0, 0, -181)) })
		}, Fail, Low, nil},
		{"the last day", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(k *APIKey) { k.ApplicationID, k.CreatedAt = "pipeline", ptr(now().AddDate(0, 0, -180)) })
		}, Pass, "", nil},
		{"another limit", "iam_api_keys", func(f *OrganizationFacts, o *Options) {
			o.Inputs.MaxKeyAgeDays = 365
			f.addKey(func(k *APIKey) { k.ApplicationID, k.CreatedAt = "pipeline", ptr(now().AddDate(0, 0, -300)) })
		}, Pass, "", nil},
		{"of a member", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(k *APIKey) { k.UserID, k.ExpiresAt = "member", nil })
		}, Fail, Medium, nil},
		{"of a member with broad rights", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.addPolicy(policyFor("admin", ofUser("member"), "KubernetesFullAccess"))
			f.addKey(func(k *APIKey) { k.UserID, k.ExpiresAt = "member", nil })
		}, Fail, High, nil},
		{"of the owner", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(k *APIKey) { k.UserID, k.ExpiresAt = "owner", nil })
		}, Fail, High, nil},
		{"of another department", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(k *APIKey) { k.UserID, k.ExpiresAt = "stranger", nil })
		}, Pass, "", nil},
		{"of all applications", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.Groups.Items = append(f.Groups.Items, Group{ID: "all", AllApplications: true, Managed: true})
			f.addPolicy(policyFor("all", ofGroup("all"), "KubernetesReadOnly"))
		}, Fail, Medium, []string{"api_key/SCWOTHER"}},
		{"no date", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(k *APIKey) { k.ApplicationID, k.CreatedAt = "pipeline", nil })
		}, NotEvaluated, "", nil},
		{"no bearer", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(*APIKey) {})
		}, NotEvaluated, "", nil},
		{"no key", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.APIKeys.Items = f.APIKeys.Items[1:]
		}, NotApplicable, "", nil},
		{"no key, and an enforced expiry", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.APIKeys.Items, f.Security.Value.MaxKeyDays = f.APIKeys.Items[1:], ptr(90)
		}, Pass, "", []string{"organization/" + organizationUUID}},
		{"an enforced expiry does not touch old keys", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.Security.Value.MaxKeyDays = ptr(90)
			f.addKey(func(k *APIKey) { k.ApplicationID, k.ExpiresAt = "pipeline", nil })
		}, Fail, Medium, nil},
		{"keys unread", "iam_api_keys", func(f *OrganizationFacts, _ *Options) {
			f.APIKeys = unreadIAM[APIKey]()
		}, NotEvaluated, "", nil},

		{"expired only", "iam_root_keys", nil, Pass, "", []string{"user/owner"}},
		{"a key", "iam_root_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(k *APIKey) { k.UserID = "owner" })
		}, Fail, Critical, []string{"api_key/SCWNEW"}},
		{"a key of the account", "iam_root_keys", func(f *OrganizationFacts, _ *Options) {
			f.addKey(func(k *APIKey) { k.UserID = "root" })
		}, Fail, Critical, []string{"api_key/SCWNEW"}},
		{"keys unread", "iam_root_keys", func(f *OrganizationFacts, _ *Options) {
			f.APIKeys = unreadIAM[APIKey]()
		}, NotEvaluated, "", nil},
		{"users unread", "iam_root_keys", func(f *OrganizationFacts, _ *Options) {
			f.Users = unreadIAM[User]()
		}, NotEvaluated, "", nil},
	})
}

func TestMFA(t *testing.T) {
	t.Parallel()
	member := func(change func(*User)) func(*OrganizationFacts, *Options) {
		return func(f *OrganizationFacts, _ *Options) { change(&f.Users.Items[1]) }
	}
	without := func(logins LoginMethods) func(*OrganizationFacts, *Options) {
		return func(f *OrganizationFacts, _ *Options) {
			f.Users.Items[1].MFA, f.Logins.Value = ptr(false), &logins
		}
	}
	review := goodAttestation(t, "access_review")
	review.Fields["mfa_enforced_by"] = "identity provider"
	runOrganizationCases(t, []organizationCase{
		{"all", "iam_mfa", nil, Pass, "", []string{"user/member", "user/owner"}},
		{"a member without", "iam_mfa", member(func(u *User) { u.MFA = ptr(false) }), Fail, High,
			[]string{"user/member"}},
		{"the owner without", "iam_mfa", func(f *OrganizationFacts, _ *Options) {
			f.Users.Items[0].MFA = ptr(false)
		}, Fail, High, []string{"user/owner"}},
		{"a locked member", "iam_mfa", member(func(u *User) { u.MFA, u.Locked = ptr(false), true }), Pass, "",
			[]string{"user/owner"}},
		{"an invited guest", "iam_mfa", member(func(u *User) {
			u.MFA, u.Status = ptr(false), "invitation_pending"
		}), Pass, "", nil},
		{"no login for long", "iam_mfa", member(func(u *User) { u.LastLoginAt = ptr(now().AddDate(0, 0, -91)) }), Fail,
			Low, []string{"user/member"}},
		{"never logged in", "iam_mfa", member(func(u *User) {
			u.LastLoginAt, u.CreatedAt = nil, ptr(now().AddDate(0, 0, -91))
		}), Fail, Low, nil},
		{"new", "iam_mfa", member(func(u *User) { u.LastLoginAt = nil }), Pass, "", nil},
		{"unknown", "iam_mfa", member(func(u *User) { u.MFA = nil }), NotEvaluated, "", nil},
		{"single sign-on", "iam_mfa", without(LoginMethods{SAML: true}), NeedsDecision, "", nil},
		{"single sign-on, declared", "iam_mfa", func(f *OrganizationFacts, o *Options) {
			without(LoginMethods{SAML: true})(f, o)
			whole := review
			whole.Scope = ScopeOrganization
			o.Attestations, o.AccessListDigest = []Attestation{whole}, fieldText(whole.Fields, "list_digest")
		}, Attested, "", nil},
		{"single sign-on, declared of another list", "iam_mfa", func(f *OrganizationFacts, o *Options) {
			without(LoginMethods{SAML: true})(f, o)
			whole := review
			whole.Scope = ScopeOrganization
			o.Attestations, o.AccessListDigest = []Attestation{whole}, "sha256:other"
		}, NeedsDecision, "", nil},
		{"single sign-on, declared for one cluster", "iam_mfa", func(f *OrganizationFacts, o *Options) {
			without(LoginMethods{SAML: true})(f, o)
			one := review
			one.Scope = assessedClusters()[0].ID
			o.Attestations = []Attestation{one}
		}, NeedsDecision, "", nil},
		{"single sign-on beside passwords, declared", "iam_mfa", func(f *OrganizationFacts, o *Options) {
			without(LoginMethods{SAML: true, Password: true})(f, o)
			o.Attestations = []Attestation{review}
		}, Fail, High, nil},
		{"login methods unread", "iam_mfa", func(f *OrganizationFacts, _ *Options) {
			f.Users.Items[1].MFA = ptr(false)
			f.Logins = Fact[LoginMethods]{Gap: &Gap{Reason: Forbidden}}
		}, NotEvaluated, "", nil},
		{"groups unread", "iam_mfa", func(f *OrganizationFacts, _ *Options) { f.Groups = unreadIAM[Group]() },
			NotEvaluated, "", nil},
	})
}

func TestAuditTrail(t *testing.T) {
	t.Parallel()
	job := func(change func(*ExportJob)) func(*OrganizationFacts, *Options) {
		return func(f *OrganizationFacts, _ *Options) { change(&f.ExportJobs.Items[0]) }
	}
	bucket := func(change func(*ExportBucket)) func(*OrganizationFacts, *Options) {
		return job(func(e *ExportJob) { change(e.Bucket.Value) })
	}
	rules := func(statuses ...string) func(*OrganizationFacts, *Options) {
		return func(f *OrganizationFacts, _ *Options) {
			f.AlertRules.Items = []AlertRule{}
			for _, s := range statuses {
				f.AlertRules.Items = append(f.AlertRules.Items, AlertRule{ID: s, Status: &s})
			}
		}
	}
	none := func(f *OrganizationFacts, _ *Options) { f.ExportJobs.Items = nil }
	unread := func(f *OrganizationFacts, _ *Options) { f.ExportJobs = unreadIAM[ExportJob]() }
	runOrganizationCases(t, []organizationCase{
		{"healthy", "audit_trail_export", nil, Pass, "", []string{"fr-par/job"}},
		{"none", "audit_trail_export", none, Fail, High, []string{"organization/" + organizationUUID}},
		{"failed", "audit_trail_export", job(func(e *ExportJob) { e.LastStatus = ptr("failure") }), Fail, High, nil},
		{"stale", "audit_trail_export", job(func(e *ExportJob) {
			e.LastRunAt = ptr(now().Add(-49 * time.Hour))
		}), Fail, High, nil},
		{"48 hours", "audit_trail_export", job(func(e *ExportJob) {
			e.LastRunAt = ptr(now().Add(-48 * time.Hour))
		}), Pass, "", nil},
		{
			"never ran",
			"audit_trail_export",
			job(func(e *ExportJob) { e.LastRunAt, e.LastStatus = nil, nil }),
			Fail,
			High,
			nil,
		},
		{"new", "audit_trail_export", job(func(e *ExportJob) {
			e.LastRunAt, e.LastStatus, e.CreatedAt = nil, nil, ptr(now().Add(-time.Hour))
		}), NotEvaluated, "", nil},
		{"no status", "audit_trail_export", job(func(e *ExportJob) { e.LastStatus = nil }), NotEvaluated, "", nil},
		{"unread", "audit_trail_export", unread, NotEvaluated, "", nil},

		{"locked", "audit_trail_bucket", nil, Pass, "", []string{"bucket/trail"}},
		{
			"elsewhere",
			"audit_trail_bucket",
			bucket(func(b *ExportBucket) { *b.Region.Value = "nl-ams" }),
			Fail,
			Medium,
			nil,
		},
		{
			"no lock",
			"audit_trail_bucket",
			bucket(func(b *ExportBucket) { *b.ObjectLock.Value.Enabled = false }),
			Fail,
			Medium,
			nil,
		},
		{"a lock without a default", "audit_trail_bucket", bucket(func(b *ExportBucket) {
			*b.ObjectLock.Value.RetentionDays = 0
		}), Fail, Medium, nil},
		{
			"too short",
			"audit_trail_bucket",
			bucket(func(b *ExportBucket) { *b.ObjectLock.Value.RetentionDays = 364 }),
			Fail,
			Medium,
			nil,
		},
		{
			"long enough",
			"audit_trail_bucket",
			bucket(func(b *ExportBucket) { *b.ObjectLock.Value.RetentionDays = 365 }),
			Pass,
			"",
			nil,
		},
		{"no required time", "audit_trail_bucket", func(_ *OrganizationFacts, o *Options) {
			o.Inputs.RequiredLogRetentionDays = 0
		}, NotEvaluated, "", nil},
		{"a lock without a default, no required time", "audit_trail_bucket", func(f *OrganizationFacts, o *Options) {
			o.Inputs.RequiredLogRetentionDays = 0
			*f.ExportJobs.Items[0].Bucket.Value.ObjectLock.Value.RetentionDays = 0
		}, Fail, Medium, nil},
		{"public", "audit_trail_bucket", bucket(func(b *ExportBucket) { *b.Public.Value = true }), Fail, Medium, nil},
		{
			"not versioned",
			"audit_trail_bucket",
			bucket(func(b *ExportBucket) { *b.Versioning.Value = false }),
			Fail,
			Medium,
			nil,
		},
		{
			"policy unread",
			"audit_trail_bucket",
			bucket(func(b *ExportBucket) { b.Public = Fact[bool]{Gap: &Gap{Reason: Forbidden}} }),
			NotEvaluated,
			"",
			nil,
		},
		{"no right", "audit_trail_bucket", job(func(e *ExportJob) {
			e.Bucket = Fact[ExportBucket]{Gap: &Gap{Reason: Forbidden, Needs: "ObjectStorageReadOnly"}}
		}), NotEvaluated, "", nil},
		{"no job", "audit_trail_bucket", none, NotApplicable, "", nil},
		{"jobs unread", "audit_trail_bucket", unread, NotEvaluated, "", nil},

		{"enabled", "audit_trail_alerts", nil, Pass, "", nil},
		{"none", "audit_trail_alerts", rules(), NotEvaluated, "", nil},
		{"disabled", "audit_trail_alerts", rules("disabled"), Fail, Low, []string{"organization/" + organizationUUID}},
		{"some", "audit_trail_alerts", rules("disabled", "enabled"), NeedsDecision, "", nil},
		{"enabling", "audit_trail_alerts", rules("enabling"), NotEvaluated, "", nil},
		{"unread", "audit_trail_alerts", func(f *OrganizationFacts, _ *Options) {
			f.AlertRules = unreadIAM[AlertRule]()
		}, NotEvaluated, "", nil},
	})
}

func TestContractSignature(t *testing.T) {
	t.Parallel()
	signature := func(change func(*ContractSignature)) func(*OrganizationFacts, *Options) {
		return func(f *OrganizationFacts, _ *Options) { change(&f.Contracts.Items[0]) }
	}
	runOrganizationCases(t, []organizationCase{
		{"signed", "contract_signature", nil, Pass, "", []string{"contract_signature/signature"}},
		{
			"unknown",
			"contract_signature",
			signature(func(c *ContractSignature) { c.Name = "other" }),
			Fail,
			Critical,
			nil,
		},
		{"not signed", "contract_signature", signature(func(c *ContractSignature) { c.SignedAt = nil }), Fail, Critical,
			nil},
		{"signed later", "contract_signature", signature(func(c *ContractSignature) {
			c.SignedAt = ptr(now().AddDate(0, 0, 1))
		}), Fail, Critical, nil},
		{"expired", "contract_signature", signature(func(c *ContractSignature) {
			c.ExpiresAt = ptr(now().AddDate(0, 0, -1))
		}), Fail, Critical, nil},
		{"expired, and signed again", "contract_signature", func(f *OrganizationFacts, _ *Options) {
			again := f.Contracts.Items[0]
			again.ID = "again"
			f.Contracts.Items[0].ExpiresAt = ptr(now().AddDate(0, 0, -1))
			f.Contracts.Items = append(f.Contracts.Items, again)
		}, Pass, "", []string{"contract_signature/again"}},
		{"only a reference", "contract_signature", func(_ *OrganizationFacts, o *Options) {
			o.Inputs.Contract = &Contract{Reference: "C-1"}
		}, Attested, "", nil},
		{"not declared", "contract_signature", func(_ *OrganizationFacts, o *Options) { o.Inputs.Contract = nil },
			NotEvaluated, "", nil},
		{"unread", "contract_signature", func(f *OrganizationFacts, _ *Options) {
			f.Contracts = unreadIAM[ContractSignature]()
		}, NotEvaluated, "", nil},
	})
	clusters := assessedClusters()
	clusters[0].HDS = false
	a := EvaluateOrganization(newOrganization(), clusters, organizationOptions())
	if f, _ := a.Finding("contract_signature"); f.Result != NotApplicable {
		t.Errorf("without health data: %s", f.Result)
	}
}
