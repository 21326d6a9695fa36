package assessment

import (
	"testing"
	"time"
)

func TestNodeChecks(t *testing.T) {
	t.Parallel()
	const pool = "fr-par/" + poolID
	version := func(version string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { f.Pools.Items[0].Version = &version }
	}
	kubelets := func(versions ...string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			kosmos(f)
			f.InCluster.Nodes = Read("GET nodes", []KubeletNode{})
			for i, v := range versions {
				f.InCluster.Nodes.Items = append(f.InCluster.Nodes.Items, KubeletNode{
					Name: f.Nodes.Items[i].Name, KubeletVersion: &v,
				})
			}
		}
	}
	runCheck(t, "pool_version_skew", []checkCase{
		{name: "same", want: Pass},
		{name: "older patch", change: version("1.36.5"), want: Pass},
		{name: "one minor", change: version("1.35.9"), want: Fail, severity: Medium, subject: pool},
		{name: "two minors", change: version("1.34.9"), want: Fail, severity: Medium},
		{name: "three minors", change: version("1.33.9"), want: Fail, severity: High},
		{name: "four minors", change: version("1.32.9"), want: Fail, severity: High},
		{name: "newer", change: version("1.37.1"), want: Fail, severity: High},
		{
			name: "upgrading", want: NeedsDecision, change: func(f *Facts, o *Options) {
				version("1.35.9")(f, o)
				f.Pools.Items[0].Status = "upgrading"
			},
		},
		{
			name: "cluster updating", want: NeedsDecision, change: func(f *Facts, o *Options) {
				version("1.35.9")(f, o)
				f.Cluster.Value.Status = "updating"
			},
		},
		{name: "malformed", change: version("new"), want: NotEvaluated, reason: NoAPIField},
		{name: "external, cluster unread", change: func(f *Facts, _ *Options) { kosmos(f) }, want: NotEvaluated},
		{name: "external", change: kubelets("v1.36.5", "v1.36.5"), want: Pass},
		{name: "external, one older", change: kubelets("v1.36.5", "v1.35.1"), want: Fail, severity: Medium},
		{name: "external, one not found", change: kubelets("v1.36.5"), want: NotEvaluated, reason: NotFound},
		{
			name: "no pool", want: NotApplicable,
			change: func(f *Facts, _ *Options) { f.Pools.Items, f.Nodes.Items = nil, nil },
		},
		{
			name: "pools unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) { f.Pools = Unread[Pool]("", *withoutSet("KubernetesReadOnly")) },
		},
	})
	age := func(days int) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { f.Nodes.Items[0].CreatedAt = createdDaysAgo(days) }
	}
	runCheck(t, "node_age", []checkCase{
		{name: "young", want: Pass, text: "2026-11-10"},
		{name: "30 days", change: age(30), want: Pass},
		{
			name:     "31 days",
			change:   age(31),
			want:     Fail,
			severity: Low,
			subject:  pool,
			text:     "1 of 2, the oldest of 2026-10-30",
		},
		{name: "91 days", change: age(91), want: Fail, severity: Medium},
		{
			name: "the customer's limit", want: Pass, text: "stateful databases", change: func(f *Facts, o *Options) {
				age(50)(f, o)
				o.Inputs.MaxNodeAgeDays, o.Inputs.MaxNodeAgeReason = 60, "stateful databases"
			},
		},
		{
			name: "stricter limit", want: Fail, severity: Low,
			change: func(_ *Facts, o *Options) { o.Inputs.MaxNodeAgeDays = 10 },
		},
		{
			name: "judged again later", want: Fail,
			change: func(_ *Facts, o *Options) { o.AsOf = now().AddDate(0, 1, 0) },
		},
		{
			name: "no date", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Nodes.Items[0].CreatedAt = nil },
		},
		{
			name: "being deleted", want: Pass, change: func(f *Facts, o *Options) {
				age(50)(f, o)
				f.Nodes.Items[0].Status = "deleting"
			},
		},
		{
			name: "external", want: NotApplicable, change: func(f *Facts, o *Options) {
				kosmos(f)
				age(50)(f, o)
			},
		},
		{
			name: "a part of the nodes", want: NotEvaluated, reason: TooMany,
			change: func(f *Facts, _ *Options) { f.Nodes = Unread("", Gap{Reason: TooMany}, f.Nodes.Items...) },
		},
		{
			name: "old in the part that was read", want: Fail, change: func(f *Facts, o *Options) {
				age(50)(f, o)
				f.Nodes = Unread("", Gap{Reason: TooMany}, f.Nodes.Items...)
			},
		},
	})
	runCheck(t, "node_public_address", []checkCase{
		{name: "private", want: Pass},
		{
			name: "pool with addresses", want: Fail, severity: Medium, subject: pool,
			change: func(f *Facts, _ *Options) { f.Pools.Items[0].PublicIPDisabled = ptr(false) },
		},
		{
			name: "node with an address", want: Fail, subject: pool,
			change: func(f *Facts, _ *Options) { f.Nodes.Items[1].PublicIPv4 = ptr("192.0.2.7") },
		},
		{
			name: "node with an IPv6 address", want: Fail,
			change: func(f *Facts, _ *Options) { f.Nodes.Items[1].PublicIPv6 = ptr("2001:db8::7") },
		},
		{
			name: "not known of the pool", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Pools.Items[0].PublicIPDisabled = nil },
		},
		{
			name: "not known of a node", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Nodes.Items[0].PublicIPv6 = nil },
		},
		{
			name: "nodes unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) { f.Nodes = Unread[Node]("", *withoutSet("KubernetesReadOnly")) },
		},
		{name: "external", change: func(f *Facts, _ *Options) { kosmos(f) }, want: NotApplicable},
	})
}

// TestNodeAgeDigest checks that an autoscaler which replaces nodes does not change the digest.
func TestNodeAgeDigest(t *testing.T) {
	t.Parallel()
	before, after := apiFacts(), apiFacts()
	after.Nodes.Items[0].CreatedAt = ptr(now().Add(-time.Hour))
	o := options()
	if Evaluate(before, o).Digest != Evaluate(after, o).Digest {
		t.Error("a younger node changes the digest")
	}
	after.Nodes.Items[0].CreatedAt = createdDaysAgo(40)
	if Evaluate(before, o).Digest == Evaluate(after, o).Digest {
		t.Error("an old node does not change the digest")
	}
}

func TestPoolHardwareChecks(t *testing.T) {
	t.Parallel()
	const pool = "fr-par/" + poolID
	nodeType := func(name string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { f.Pools.Items[0].NodeType = &name }
	}
	answer := func(answer string) func(*Facts, *Options) {
		return func(f *Facts, o *Options) {
			nodeType("neo1_2c_8g")(f, o)
			declare(o, "host_evidence", map[string]any{"answers": []any{
				map[string]any{"product": "NEO1-2C-8G", "answer": answer, "date": "2026-11-01"},
			}})
		}
	}
	runCheck(t, "pool_node_type_eligible", []checkCase{
		{
			name: "eligible",
			want: Pass,
			text: "2026-01-12, revision 1 of the row; Scaleway changed that page on 2026-07-29",
		},
		{name: "ineligible", change: nodeType("dev1_m"), want: Fail, severity: High, subject: pool},
		{name: "not in the catalogue", change: nodeType("neo1_2c_8g"), want: NeedsDecision, subject: pool},
		{name: "written answer", change: answer("yes"), want: Attested, text: "host_evidence-1"},
		{name: "written refusal", change: answer("no"), want: NeedsDecision},
		{
			name: "written answer of the past", want: NeedsDecision, change: func(f *Facts, o *Options) {
				answer("yes")(f, o)
				o.Attestations[0].Until = now().AddDate(0, 0, -2)
			},
		},
		{
			name: "an answer does not outweigh the catalogue", want: Fail, change: func(f *Facts, o *Options) {
				answer("yes")(f, o)
				nodeType("dev1_m")(f, o)
			},
		},
		{
			name: "unknown", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Pools.Items[0].NodeType = nil },
		},
		{name: "no health data", change: func(_ *Facts, o *Options) { o.HDS = false }, want: NotApplicable},
	})
	volumeType := func(name string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { f.Pools.Items[0].RootVolumeType = &name }
	}
	roots := func(diskType string, servers ...string) func(*Facts, *Options) {
		return func(f *Facts, o *Options) {
			volumeType("default_volume_type")(f, o)
			for _, server := range servers {
				f.Project.RootDisks.Items = append(f.Project.RootDisks.Items, RootDisk{
					VolumeID: "root-of-" + server, ServerID: server, Type: &diskType,
				})
			}
		}
	}
	runCheck(t, "pool_root_volume", []checkCase{
		{name: "sbs_5k", want: Pass},
		{name: "sbs_15k", change: volumeType("sbs_15k"), want: Pass},
		{name: "legacy", change: volumeType("b_ssd"), want: Fail, severity: High, subject: pool},
		{name: "local", change: volumeType("l_ssd"), want: Fail, severity: Medium, subject: pool},
		{name: "default", change: volumeType("default_volume_type"), want: NeedsDecision},
		{name: "default, Block Storage", change: roots("sbs_volume", "server-0", "server-1"), want: Pass},
		{name: "default, Block Storage of one node", change: roots("sbs_volume", "server-0"), want: NeedsDecision},
		{name: "default, legacy", change: roots("b_ssd", "server-1"), want: Fail, severity: High},
		{name: "default, local", change: roots("l_ssd", "server-0"), want: Fail, severity: Medium},
		{name: "new type", change: volumeType("sbs_50k"), want: NeedsDecision},
		{
			name: "unknown", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Pools.Items[0].RootVolumeType = nil },
		},
		{name: "no health data", change: func(_ *Facts, o *Options) { o.HDS = false }, want: NotApplicable},
	})
}
