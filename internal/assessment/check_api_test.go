package assessment

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// checkCase is a case of a check: facts that differ in one thing from those without any deviation.
type checkCase struct {
	name   string
	change func(*Facts, *Options)
	want   Result
	// severity, subject and text are those of a finding with a deviation, if they are given. text is a part of the
	// English text, and reason the first reason of what is missing.
	severity      Severity
	subject, text string
	reason        Reason
}

// runCheck judges the cases of a check.
func runCheck(t *testing.T, check string, cases []checkCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(check+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			facts, o := apiFacts(), options()
			if test.change != nil {
				test.change(&facts, &o)
			}
			f := judged(t, check, facts, o)
			if f.Result != test.want {
				t.Fatalf("%s, expected %s: %s %+v %+v", f.Result, test.want, f.Found.EN, f.Objects, f.NotEvaluated)
			}
			if test.severity != "" && f.Severity != test.severity {
				t.Errorf("severity %s, expected %s", f.Severity, test.severity)
			}
			if test.subject != "" && !slices.Contains(f.Subjects, test.subject) {
				t.Errorf("subjects %v, expected %s", f.Subjects, test.subject)
			}
			if !strings.Contains(f.Found.EN, test.text) {
				t.Errorf("text %q, expected %q", f.Found.EN, test.text)
			}
			if test.reason != "" && (len(f.NotEvaluated) == 0 || f.NotEvaluated[0].Reason != test.reason) {
				t.Errorf("missing %+v, expected %s", f.NotEvaluated, test.reason)
			}
			if f.Found.EN == "" || f.Found.FR == "" || f.Title.FR == "" || f.Expected.FR == "" || f.Remedy.FR == "" {
				t.Errorf("a text is missing: %+v", f)
			}
			if len(f.Clauses) == 0 {
				t.Error("the check names no clause")
			}
		})
	}
}

// declare returns options with a valid attestation.
func declare(o *Options, kind string, fields map[string]any) {
	o.Attestations = append(o.Attestations, Attestation{
		ID: kind + "-1", Kind: kind, Scope: ScopeOrganization, Result: ResultSuccess,
		PerformedOn: now().AddDate(0, 0, -10), Until: now().AddDate(0, 0, 100), Fields: fields,
	})
}

func TestVersionChecks(t *testing.T) {
	t.Parallel()
	version := func(name string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { f.Cluster.Value.Version = &name }
	}
	dates := func(released, deprecated, end *time.Time) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			f.Versions.Value.Dates["1.36"] = VersionDates{released, deprecated, end}
		}
	}
	unread := func(f *Facts, _ *Options) { f.Versions = Fact[Versions]{Gap: withoutSet("KubernetesReadOnly")} }
	runCheck(t, "cluster_version_supported", []checkCase{
		{name: "supported", want: Pass, text: "deprecated on 2027-07-07. Scaleway forces the upgrade"},
		{name: "a patch is offered", change: version("1.36.1"), want: Pass, text: "Version 1.36.5 is offered."},
		{
			name: "deprecated", want: Fail, severity: Medium, text: "its support ends on 2027-03-19",
			change: func(f *Facts, o *Options) {
				f.Cluster.Value.Version = ptr("1.35.9")
				o.AsOf = time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
			},
		},
		{
			name: "end of support", change: version("1.34.6"), want: Fail, severity: High,
			text: "Scaleway forces the upgrade to 1.35 between 2026-11-29 and 2026-12-29",
		},
		{
			name: "dates out of order", change: dates(onDay("2026-07-07"), onDay("2027-07-07"), onDay("2026-09-07")),
			want: NeedsDecision, text: "contradict each other",
		},
		{
			name: "a date missing", change: dates(onDay("2026-07-07"), nil, nil), want: NeedsDecision,
			text: "bundled calendar",
		},
		{
			name: "a minor that no source has", change: version("1.99.0"), want: NotEvaluated, reason: UncertainDates,
		},
		{name: "malformed", change: version("latest"), want: NotEvaluated, reason: NoAPIField},
		{
			name: "no version", change: func(f *Facts, _ *Options) { f.Cluster.Value.Version = nil },
			want: NotEvaluated, reason: NoAPIField,
		},
		{name: "versions unread", change: unread, want: NotEvaluated, reason: Forbidden},
	})
	runCheck(t, "version_support_period", []checkCase{
		{name: "twelve months", want: Pass, text: "released on 2026-07-07 and deprecated on 2027-07-07"},
		{
			name:     "a day less",
			change:   dates(onDay("2026-07-07"), onDay("2027-07-06"), onDay("2027-09-07")),
			want:     Fail,
			severity: Low,
		},
		{
			name: "out of order", change: dates(onDay("2026-07-07"), onDay("2027-07-07"), onDay("2026-09-07")),
			want: NotEvaluated, reason: UncertainDates,
		},
		{
			name: "a date missing", change: dates(onDay("2026-07-07"), nil, onDay("2027-09-07")), want: NotEvaluated,
			reason: UncertainDates,
		},
		{name: "versions unread", change: unread, want: NotEvaluated, reason: Forbidden},
	})
}

func TestAllowListCheck(t *testing.T) {
	t.Parallel()
	ranges := func(names ...string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			f.ACL.Items = nil
			for _, name := range names {
				if name == "scaleway" {
					f.ACL.Items = append(f.ACL.Items, AllowRange{ScalewayRanges: true})
					continue
				}
				f.ACL.Items = append(f.ACL.Items, AllowRange{IP: &name})
			}
		}
	}
	runCheck(t, "api_allow_list", []checkCase{
		{name: "ranges", want: Pass, text: "192.0.2.0/24"},
		{name: "isolated", change: ranges(), want: Pass, text: "empty"},
		{name: "world", change: ranges("0.0.0.0/0"), want: Fail, severity: Critical},
		{name: "world by IPv6", change: ranges("192.0.2.0/24", "::/0"), want: Fail, severity: Critical},
		{name: "two halves", change: ranges("0.0.0.0/1", "128.0.0.0/1"), want: Fail, severity: Critical},
		{name: "a /16", change: ranges("52.0.0.0/16"), want: Pass},
		{name: "more than a /16", change: ranges("52.0.0.0/16", "53.0.0.0/24"), want: Fail, severity: Medium},
		{name: "wide", change: ranges("52.0.0.0/8"), want: Fail, severity: Medium, text: "wide"},
		{
			name: "ranges of Scaleway", change: ranges("192.0.2.0/24", "scaleway"), want: Fail, severity: Medium,
			text: "other customers",
		},
		{
			name: "ranges of Scaleway in Kosmos", want: Pass, change: func(f *Facts, o *Options) {
				kosmos(f)
				ranges("192.0.2.0/24", "scaleway")(f, o)
			},
		},
		{
			name: "no allow-list possible", want: Fail, severity: Critical,
			change: func(f *Facts, _ *Options) { f.Cluster.Value.ACLAvailable = ptr(false) },
		},
		{name: "malformed", change: ranges("192.0.2.0/24", "office"), want: NotEvaluated, reason: NoAPIField},
		{
			name: "unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) { f.ACL = Unread[AllowRange]("", *withoutSet("KubernetesReadOnly")) },
		},
		{
			name: "open in the part that was read", want: Fail, severity: Critical,
			change: func(f *Facts, _ *Options) {
				f.ACL = Unread("", Gap{Reason: Unreachable}, AllowRange{IP: ptr("0.0.0.0/0")})
			},
		},
		{
			name: "narrow in the part that was read", want: NotEvaluated,
			change: func(f *Facts, _ *Options) {
				f.ACL = Unread("", Gap{Reason: Unreachable}, AllowRange{IP: ptr("192.0.2.0/24")})
			},
		},
	})
	runCheck(t, "admin_token", []checkCase{
		{name: "no API shows it", want: NotEvaluated, reason: NoAPIField},
		{
			name: "no health data", change: func(_ *Facts, o *Options) { o.HDS = false }, want: NotEvaluated,
			reason: NoAPIField,
		},
	})
}

func TestShiftChecks(t *testing.T) {
	t.Parallel()
	const pool = "fr-par/" + poolID
	runCheck(t, "responsibility_shifts", []checkCase{
		{name: "none", want: Pass},
		{
			name: "kubelet argument", want: NeedsDecision, subject: pool, text: `"maxPods"`,
			change: func(f *Facts, _ *Options) { f.Pools.Items[0].KubeletArgs = []string{"maxPods"} },
		},
		{
			name: "user data", want: NeedsDecision, subject: pool, text: `"cloud-init"`,
			change: func(f *Facts, _ *Options) {
				f.Pools.Items[0].UserDataKeys = Read("", []string{"cloud-init"})
			},
		},
		{
			name: "feature gate", want: NeedsDecision, text: `"HPAScaleToZero"`,
			change: func(f *Facts, _ *Options) { f.Cluster.Value.FeatureGates = []string{"HPAScaleToZero"} },
		},
		{
			name: "admission plugin", want: NeedsDecision,
			change: func(f *Facts, _ *Options) { f.Cluster.Value.AdmissionPlugins = []string{"AlwaysPullImages"} },
		},
		{
			name: "no CNI", want: NeedsDecision, text: "cni",
			change: func(f *Facts, _ *Options) { f.Cluster.Value.CNI = "none" },
		},
		{
			name: "public addresses are another check", want: Pass,
			change: func(f *Facts, _ *Options) { f.Pools.Items[0].PublicIPDisabled = ptr(false) },
		},
		{
			name: "user data unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) {
				f.Pools.Items[0].UserDataKeys = Unread[string]("", *withoutSet("KubernetesReadOnly"))
			},
		},
		{
			name: "feature gates unread", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Cluster.Value.FeatureGates = nil },
		},
		{
			name: "kubelet arguments unread", want: NotEvaluated, reason: NoAPIField,
			change: func(f *Facts, _ *Options) { f.Pools.Items[0].KubeletArgs = nil },
		},
		{name: "external pool", change: func(f *Facts, _ *Options) { kosmos(f) }, want: Pass},
	})
	status := func(status string) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			kosmos(f)
			f.Nodes.Items[1].Status = status
		}
	}
	runCheck(t, "external_node_status", []checkCase{
		{name: "Kapsule", want: NotApplicable, text: "Kosmos"},
		{name: "ready", change: status("ready"), want: Pass},
		{name: "not ready", change: status("not_ready"), want: Fail, severity: Medium, subject: pool},
		{name: "locked", change: status("locked"), want: Fail},
		{name: "registering", change: status("registering"), want: NotEvaluated, reason: Changing},
		{
			name: "no external node", want: NotApplicable,
			change: func(f *Facts, _ *Options) {
				kosmos(f)
				f.Nodes.Items, f.Pools.Items[0].Size = nil, 0
			},
		},
		{
			name: "nodes unread", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) {
				kosmos(f)
				f.Nodes = Unread("", *withoutSet("KubernetesReadOnly"), f.Nodes.Items...)
			},
		},
	})
}
