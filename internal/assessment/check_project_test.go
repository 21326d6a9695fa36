package assessment

import (
	"slices"
	"testing"
)

// outside adds a resource of a kind to the Project in nl-ams.
func outside(kind, name string) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) {
		for i, list := range f.Project.OtherRegions {
			if list.Kind == kind && list.Region == "nl-ams" {
				f.Project.OtherRegions[i].Items = []Resource{{Kind: kind, ID: "x", Name: name, Locality: "nl-ams-1"}}
			}
		}
	}
}

// beside adds a resource to the Project beside the cluster.
func beside(r Resource) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) {
		f.Project.Databases.Items = nil
		f.Project.Neighbours = append(
			f.Project.Neighbours,
			ResourceList{Kind: r.Kind, Collection: Read("list", []Resource{r})},
		)
	}
}

// logs changes the data source of logs.
func logs(change func(*CockpitSource)) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) { change(&f.Project.CockpitSources.Items[0]) }
}

func TestResidencyChecks(t *testing.T) {
	t.Parallel()
	runCheckTests(t, []checkTest{
		{name: "fr-par", check: "resource_zones_fr_par", want: Pass, text: "4 of 4"},
		{
			"pool elsewhere",
			"resource_zones_fr_par",
			func(f *Facts, _ *Options) { f.Pools.Items[0].Zone = ptr("nl-ams-1") },
			Fail,
			High,
			"nl-ams-1",
		},
		{"zone of no source", "resource_zones_fr_par", func(f *Facts, _ *Options) {
			f.Pools.Items[0].Zone = ptr("fr-par-4")
		}, NeedsDecision, "", "fr-par-4"},
		{"zone unknown", "resource_zones_fr_par", func(f *Facts, _ *Options) { f.Pools.Items[0].Zone = nil },
			NotEvaluated, "", ""},
		{"Load Balancer elsewhere", "resource_zones_fr_par", func(f *Facts, o *Options) {
			outside(KindLoadBalancer, f.Cluster.Value.ID+"_x")(f, o)
		}, Fail, High, "nl-ams-1"},
		{
			"another's Load Balancer elsewhere",
			"resource_zones_fr_par",
			outside(KindLoadBalancer, "other"),
			Pass,
			"",
			"",
		},
		{"volume elsewhere", "resource_zones_fr_par", func(f *Facts, _ *Options) {
			f.Project.Volumes.Items[0].Zone = "pl-waw-2"
		}, Fail, High, "pl-waw-2"},
		{"volume elsewhere, PersistentVolumes unread", "resource_zones_fr_par", func(f *Facts, _ *Options) {
			f.Project.Volumes.Items = append(f.Project.Volumes.Items, Volume{ID: "other", Zone: "nl-ams-1"})
			f.InCluster = InCluster{}
		}, NotEvaluated, "", ""},
		{"gateway elsewhere", "resource_zones_fr_par", func(f *Facts, _ *Options) {
			f.Project.Gateways.Items = []Gateway{{ID: "g", Zone: "nl-ams-2"}}
		}, Fail, High, "nl-ams-2"},
		{"gateways unread", "resource_zones_fr_par", func(f *Facts, _ *Options) {
			f.Project.Gateways = Collection[Gateway]{}
		}, NotEvaluated, "", ""},
		{"another region without Load Balancers", "resource_zones_fr_par", func(f *Facts, _ *Options) {
			f.Project.OtherRegions = slices.DeleteFunc(f.Project.OtherRegions, func(l ResourceList) bool {
				return l.Kind == KindLoadBalancer && l.Region == "it-mil"
			})
		}, NotEvaluated, "", ""},
		{"other regions unread", "resource_zones_fr_par", func(f *Facts, _ *Options) { f.Project.OtherRegions = nil },
			NotEvaluated, "", ""},

		{name: "nothing", check: "project_other_regions", want: Pass, text: "3 of 3"},
		{"not allowed", "project_other_regions", func(f *Facts, _ *Options) {
			unread := ResourceList{}
			unread.Gap = &Gap{Reason: Forbidden, Needs: "KubernetesReadOnly"}
			f.Project.OtherRegions = []ResourceList{unread}
		}, NotEvaluated, "", "the identity is not allowed to read it"},
		{"CSI volume", "project_other_regions", outside(KindVolume, "pvc-1"), Fail, High, "stores data"},
		{"snapshot", "project_other_regions", outside(KindSnapshot, "s"), Fail, High, "stores data"},
		{"Load Balancer", "project_other_regions", outside(KindLoadBalancer, "l"), Fail, Low, "network resources"},
		{"gateway", "project_other_regions", outside(KindGateway, "g"), Fail, Low, "network resources"},
		{
			"database",
			"project_other_regions",
			database(func(d *Database) { d.Region = "nl-ams" }),
			Fail,
			High,
			"stores data",
		},
		{"one list unread", "project_other_regions", func(f *Facts, _ *Options) {
			f.Project.OtherRegions[1].Collection = forbidden[Resource]("BlockStorageReadOnly")
		}, NotEvaluated, "", "not allowed"},
		{"one list unread, a snapshot found", "project_other_regions", func(f *Facts, o *Options) {
			outside(KindSnapshot, "s")(f, o)
			f.Project.OtherRegions[0].Collection = forbidden[Resource]("BlockStorageReadOnly")
		}, Fail, High, ""},
		{"one list not in the facts", "project_other_regions", func(f *Facts, _ *Options) {
			f.Project.OtherRegions = f.Project.OtherRegions[1:]
		}, NotEvaluated, "", ""},
		{"one region not in the facts", "project_other_regions", func(f *Facts, _ *Options) {
			f.Project.OtherRegions = f.Project.OtherRegions[:8]
		}, NotEvaluated, "", ""},
		{"databases unread", "project_other_regions", func(f *Facts, _ *Options) {
			f.Project.Databases = Collection[Database]{}
		}, NotEvaluated, "", ""},
		{
			"unread",
			"project_other_regions",
			func(f *Facts, _ *Options) { f.Project.OtherRegions = nil },
			NotEvaluated,
			"",
			"",
		},
		{"not for health data", "project_other_regions", func(f *Facts, o *Options) {
			outside(KindSnapshot, "s")(f, o)
			o.HDS = false
		}, NotApplicable, "", ""},
	})
}

func TestProjectChecks(t *testing.T) {
	t.Parallel()
	runCheckTests(t, []checkTest{
		{name: "private", check: "registry_namespace", want: Pass},
		{
			"public",
			"registry_namespace",
			func(f *Facts, _ *Options) { f.Project.Registries.Items[0].IsPublic = ptr(true) },
			Fail,
			Medium,
			"public",
		},
		{"public and unused", "registry_namespace", func(f *Facts, _ *Options) {
			f.Project.Registries.Items[0].IsPublic = ptr(true)
			f.InCluster.Workloads.Items[0].Images = []string{"nginx:1", "rg.fr-par.scw.cloud/others"}
		}, NotApplicable, "", ""},
		{"public and used by Scaleway's components only", "registry_namespace", func(f *Facts, _ *Options) {
			f.Project.Registries.Items[0].IsPublic = ptr(true)
			f.InCluster.Workloads.Items[0].FromScaleway = true
		}, NotApplicable, "", ""},
		{"visibility unknown", "registry_namespace", func(f *Facts, _ *Options) {
			f.Project.Registries.Items[0].IsPublic = nil
		}, NotEvaluated, "", ""},
		{
			"elsewhere",
			"registry_namespace",
			func(f *Facts, _ *Options) { f.Project.Registries.Items[0].Region = "pl-waw" },
			Fail,
			Low,
			"pl-waw",
		},
		{"of another Project", "registry_namespace", func(f *Facts, _ *Options) { f.Project.Registries.Items = nil },
			NotEvaluated, "", ""},
		{"cluster not asked", "registry_namespace", func(f *Facts, _ *Options) { f.InCluster = InCluster{} },
			NotEvaluated, "", "not part of this assessment"},

		{name: "long enough", check: "cockpit_retention", want: Pass, text: "365 days"},
		{
			"too short",
			"cockpit_retention",
			logs(func(s *CockpitSource) { s.RetentionDays = ptr(7) }),
			Fail,
			Medium,
			"7 days",
		},
		{"no input", "cockpit_retention", func(_ *Facts, o *Options) { o.Inputs.RequiredLogRetentionDays = 0 },
			NeedsDecision, "", "required_log_retention_days"},
		{"nothing received", "cockpit_retention", logs(func(s *CockpitSource) { s.UsedThisMonth = ptr(false) }),
			Pass, "", "received nothing"},
		{"applications apart", "cockpit_retention", func(f *Facts, _ *Options) {
			f.Project.CockpitSources.Items = append(f.Project.CockpitSources.Items,
				CockpitSource{ID: "d3", Type: "logs", Origin: "custom", RetentionDays: ptr(7)})
		}, Fail, Medium, "applications"},
		{"retention unknown", "cockpit_retention", logs(func(s *CockpitSource) { s.RetentionDays = nil }),
			NotEvaluated, "", ""},
		{"no Cockpit", "cockpit_retention", func(f *Facts, _ *Options) { f.Project.CockpitSources.Items = nil },
			NotApplicable, "", "logging"},
		{"unread", "cockpit_retention", func(f *Facts, _ *Options) {
			f.Project.CockpitSources = forbidden[CockpitSource]("ObservabilityReadOnly")
		}, NotEvaluated, "", ""},

		{"database", "project_purpose", nil, NeedsDecision, "", "database"},
		{
			"alone",
			"project_purpose",
			func(f *Facts, _ *Options) { f.Project.Databases.Items = nil },
			NotApplicable,
			"",
			"",
		},
		{"mutualised cluster", "project_purpose", beside(Resource{Kind: KindCluster, ID: "c2", Type: "kapsule"}),
			Fail, Medium, "offer is not for health data"},
		{
			"dedicated cluster",
			"project_purpose",
			beside(Resource{Kind: KindCluster, ID: "c2", Type: "kapsule-dedicated-4"}),
			NeedsDecision,
			"",
			"another cluster",
		},
		{"cluster of an unknown type", "project_purpose", beside(Resource{Kind: KindCluster, ID: "c2"}),
			NeedsDecision, "", ""},
		{
			"Instance",
			"project_purpose",
			beside(Resource{Kind: KindInstance, ID: "i"}),
			NeedsDecision,
			"",
			"other resources",
		},
		{"functions unread", "project_purpose", func(f *Facts, o *Options) {
			beside(Resource{Kind: KindFunctionNamespace})(f, o)
			f.Project.Neighbours[1].Collection = forbidden[Resource]("FunctionsReadOnly")
		}, NotEvaluated, "", "not allowed"},
		{"unread", "project_purpose", func(f *Facts, _ *Options) {
			f.Project.Databases.Items, f.Project.Neighbours = nil, nil
		}, NotEvaluated, "", ""},
	})
}

// TestOtherRegionsScope checks that the finding is about the Project, and its subjects have their zone.
func TestOtherRegionsScope(t *testing.T) {
	t.Parallel()
	facts, o := newProjectFacts(), options()
	outside(KindSnapshot, "s")(&facts, &o)
	f := judged(t, "project_other_regions", facts, o)
	if f.Scope != ProjectScope(facts.Project.ID) || !slices.Equal(f.Subjects, []string{"nl-ams-1/x"}) {
		t.Errorf("scope %s, subjects %v", f.Scope, f.Subjects)
	}
}
