package lifecycle

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// versionData135 returns the data of the API about 1.35 and newer minors in November 2026.
func versionData135() VersionData {
	known := VersionData{Offered: []string{"1.35.9", "1.36.5", "1.37.1"}, Assessments: map[Minor]Assessment{}}
	for _, entry := range Calendar() {
		if entry.Compare(Minor{1, 35}) >= 0 {
			known.Assessments[entry.Minor] = Assess(entry.Minor, entry.Dates)
		}
	}
	return known
}

func evaluateTopic(t *testing.T, c Cluster, k VersionData, at time.Time, topic Topic) Finding {
	t.Helper()
	for _, v := range Evaluate(c, k, at) {
		if v.Topic == topic {
			return v
		}
	}
	t.Fatalf("no finding on %s", topic)
	return Finding{}
}

func TestEvaluateCluster(t *testing.T) {
	t.Parallel()
	on, off := true, false
	wanted := Minor{1, 37}
	path, err := versionData135().UpgradePath(Minor{1, 35}, wanted, day(2026, 11, 24))
	if err != nil {
		t.Fatal(err)
	}
	inconsistent := VersionData{Assessments: map[Minor]Assessment{
		{1, 32}: Assess(Minor{1, 32}, Dates{day(2025, 3, 24), day(2026, 3, 24), day(2025, 5, 24)}),
		{1, 50}: Assess(Minor{1, 50}, Dates{day(2029, 1, 1), day(2028, 6, 1), day(2028, 1, 1)}),
	}}
	conflicting := VersionData{
		Assessments: map[Minor]Assessment{
			{1, 31}: Assess(Minor{1, 31}, Dates{day(2024, 12, 2), day(2025, 12, 2), day(2026, 2, 2)}),
		},
	}
	for name, test := range map[string]struct {
		cluster  Cluster
		known    VersionData
		at       time.Time
		topic    Topic
		severity Severity
		clause   string
		text     string // Prefix.
		fix      string
	}{
		"release": {Cluster{Version: "1.35.9"}, versionData135(), day(2026, 11, 24), TopicStage, SeverityOK, "LIF-08",
			"Kubernetes 1.35 is supported, and will be deprecated on 2027-01-19.", ""},
		"deprecation": {Cluster{Version: "1.35.9"}, versionData135(), day(2027, 1, 19), TopicStage, SeverityWarning,
			"LIF-09",
			"Kubernetes 1.35 is deprecated: it is patched until its end of support, 2027-03-19, and not available " +
				"for new clusters.",
			"Validate the workloads on 1.36"},
		"end of support": {Cluster{Version: "1.35.9"}, versionData135(), day(2027, 3, 19), TopicStage, SeverityCritical,
			"LIF-10",
			"Kubernetes 1.35 has been out of support since 2027-03-19.", "Validate the workloads on 1.36 and upgrade " +
				"now."},
		"before the release": {
			Cluster{Version: "1.35.9"}, versionData135(), day(2025, 1, 1), TopicStage, SeverityUnknown, "LIF-08",
			"Kubernetes 1.35 is released on 2026-01-19, which is after the date", "Choose",
		},
		"no dates": {
			Cluster{Version: "1.50.6"}, VersionData{}, day(2027, 1, 1), TopicStage, SeverityUnknown, "LIF-06",
			"The known dates of Kubernetes 1.50", "Use the dates",
		},
		"unreadable": {Cluster{Version: "main"}, versionData135(), day(2027, 1, 1), TopicStage, SeverityUnknown,
			"LIF-06",
			`The ` +
				`version of the cluster cannot be read: "main"`, "Check"},

		"forced upgrade, far away": {
			Cluster{Version: "1.35.9"}, versionData135(), day(2026, 11, 24), TopicForcedUpgrade, SeverityOK, "LIF-05",
			"Scaleway forces the upgrade of clusters that still run 1.35 between 2027-03-19 and 2027-04-18, to 1.36.",
			"",
		},
		"forced upgrade, near": {
			Cluster{Version: "1.35.9"}, versionData135(), day(2026, 12, 19), TopicForcedUpgrade, SeverityNotice,
			"LIF-05",
			"Scaleway forces the upgrade of clusters that still run 1.35",
			"Upgrade to 1.36 before 2027-03-19 to choose the time of the upgrade.",
		},
		"forced upgrade, in the window": {Cluster{Version: "1.35.9"}, versionData135(), day(2027, 4, 1),
			TopicForcedUpgrade,
			SeverityCritical, "LIF-10",
			"Scaleway forces the upgrade of the cluster at any time until 2027-04-18, to 1.36: its minor, 1.35, has " +
				"been out of support since 2027-03-19.", "Upgrade to 1.36 now"},
		"forced upgrade, after the window": {
			Cluster{Version: "1.35.9"}, versionData135(), day(2027, 5, 1), TopicForcedUpgrade, SeverityCritical,
			"LIF-10",
			"The cluster still runs 1.35, although the period of forced upgrades ended on 2027-04-18.", "Upgrade",
		},
		"forced upgrade, unknown target": {
			Cluster{Version: "1.37.1"}, versionData135(), day(2026, 11, 24), TopicForcedUpgrade, SeverityOK, "LIF-05",
			"Scaleway forces the upgrade of clusters that still run 1.37 between 2027-11-01 and 2027-12-01, to the " +
				"next supported minor, which the dates do not determine.", "",
		},
		"forced upgrade, inconsistent dates": {
			Cluster{Version: "1.50.1"}, inconsistent, day(2026, 11, 24), TopicForcedUpgrade, SeverityUnknown, "LIF-05",
			"The end of support of Kubernetes 1.50 is not certain", "Use the dates",
		},

		"dates, consistent": {
			Cluster{Version: "1.35.9"}, versionData135(), day(2026, 11, 24), TopicDates, SeverityOK, "LIF-06",
			"The dates of Kubernetes 1.35 are complete and in order.", "",
		},
		"dates, conflicting sources": {
			Cluster{Version: "1.31.4"}, conflicting, day(2026, 11, 24), TopicDates, SeverityNotice, "LIF-06",
			"The dates of Kubernetes 1.31 are in order, but differ between sources. The API gives 2026-02-02", "",
		},
		"dates, support too short": {Cluster{Version: "1.35.9"}, VersionData{
			Assessments: map[Minor]Assessment{
				{1, 35}: Assess(Minor{1, 35}, Dates{day(2026, 1, 19), day(2027, 1, 18), day(2027, 3, 19)}),
			},
		},
			day(2026, 11, 24), TopicDates, SeverityWarning, "LIF-06", "Kubernetes 1.35 is deprecated on 2027-01-18, " +
				"less than 12 months after its release on 2026-01-19, although Scaleway supports a minor for at " +
				"least that long. The API gives",
			"Ask"},
		"dates, inconsistent": {
			Cluster{Version: "1.32.3"}, inconsistent, day(2026, 11, 24), TopicDates, SeverityWarning, "LIF-06",
			"The dates of Kubernetes 1.32 contradict each other. The API gives 2025-05-24", "Use the dates",
		},
		"dates, missing": {
			Cluster{Version: "1.36.1"}, VersionData{}, day(2026, 11, 24), TopicDates, SeverityUnknown, "LIF-06",
			"The API does not have all dates of Kubernetes 1.36.", "Use the dates",
		},

		"upgrade, both": {
			Cluster{Version: "1.35.3"}, versionData135(), day(2026, 11, 24), TopicUpgrade, SeverityNotice, "LIF-02",
			"A newer patch, 1.35.9, and the next minor, 1.36.5, are offered.", "Plan",
		},
		"upgrade, patch": {
			Cluster{Version: "1.37.0"}, versionData135(), day(2026, 11, 24), TopicUpgrade, SeverityNotice, "LIF-02",
			"A newer patch, 1.37.1, is offered, but no newer minor.", "Auto-upgrade",
		},
		"upgrade, minor": {
			Cluster{Version: "1.35.9"}, versionData135(), day(2026, 11, 24), TopicUpgrade, SeverityNotice, "LIF-02",
			"The next minor, 1.36.5, is offered.", "Plan the upgrade.",
		},
		"upgrade, none": {
			Cluster{Version: "1.37.1"}, versionData135(), day(2026, 11, 24), TopicUpgrade, SeverityOK, "LIF-02",
			"No version newer than 1.37.1 is offered", "",
		},

		"path": {
			Cluster{
				Version: "1.35.9", WantedMinor: &wanted, UpgradePath: path,
			}, versionData135(), day(2026, 11, 24), TopicUpgradePath, SeverityOK, "LIF-02", "The upgrade path to " +
				"1.37 has 2 upgrades, all of which are offered today.", "",
		},
		"path, one step": {
			Cluster{
				Version: "1.36.5", WantedMinor: &wanted, UpgradePath: path[1:],
			}, versionData135(), day(2026, 11, 24), TopicUpgradePath, SeverityOK, "LIF-02", "The upgrade path to " +
				"1.37 has one upgrade, which is offered today.", "",
		},
		"path, completed": {
			Cluster{
				Version: "1.37.1", WantedMinor: &wanted, UpgradePath: []Step{},
			}, versionData135(), day(2026, 11, 24), TopicUpgradePath, SeverityOK, "LIF-02", "The cluster already " +
				"runs 1.37.", "",
		},
		"path, overdue": {
			Cluster{
				Version: "1.35.9", WantedMinor: &wanted, UpgradePath: path,
			}, versionData135(), day(2027, 3, 19), TopicUpgradePath, SeverityWarning, "LIF-02", "The upgrade from " +
				"1.35 to 1.36 was due by 2027-03-19.", "Upgrade to 1.36 first.",
		},
		"path, not offered": {Cluster{
			Version: "1.36.5", WantedMinor: &wanted, UpgradePath: []Step{
				{From: Minor{1, 36}, To: wanted, Deadline: day(2027, 9, 7)},
			},
		}, versionData135(), day(2026, 11, 24),
			TopicUpgradePath, SeverityNotice, "LIF-02", "No patch of 1.37 is offered today", "Upgrade to the newest"},
		"path, no date": {Cluster{
			Version: "1.36.5", WantedMinor: &wanted, UpgradePath: []Step{{From: Minor{1, 36}, To: wanted}},
		}, versionData135(), day(2026, 11, 24),
			TopicUpgradePath, SeverityUnknown, "LIF-02", "The date by which the cluster must be upgraded from 1.36 " +
				"is unknown.", "Use the dates"},

		"auto-upgrade on": {
			Cluster{
				Version: "1.35.9", AutoUpgrade: &on,
			}, versionData135(), day(2026, 11, 24), TopicAutoUpgrade, SeverityOK, "LIF-03", "Patches are installed " +
				"automatically.", "",
		},
		"auto-upgrade off": {
			Cluster{
				Version: "1.35.9", AutoUpgrade: &off,
			}, versionData135(), day(2026, 11, 24), TopicAutoUpgrade, SeverityWarning, "LIF-03",
			"Patches are not installed",
			"Enable",
		},
		"auto-upgrade unknown": {
			Cluster{Version: "1.35.9"}, versionData135(), day(2026, 11, 24), TopicAutoUpgrade, SeverityUnknown,
			"LIF-03",
			"The API does not say", "Check",
		},
	} {
		got := evaluateTopic(t, test.cluster, test.known, test.at, test.topic)
		if got.Kind != KindCluster || got.Severity != test.severity || got.Clause != test.clause ||
			!strings.HasPrefix(got.Text, test.text) ||
			(test.fix == "") != (got.Fix == "") || !strings.HasPrefix(got.Fix, test.fix) {
			t.Errorf("%s:\n%+v", name, got)
		}
	}
}

func TestEvaluatePools(t *testing.T) {
	t.Parallel()
	at := day(2026, 11, 24)
	for name, test := range map[string]struct {
		pool     Pool
		topic    Topic
		severity Severity
		text     string
		fix      string
	}{
		"same version": {
			Pool{Version: "1.35.9"}, TopicSkew, SeverityOK, "The pool runs 1.35.9, like the control plane.", "",
		},
		"older patch": {
			Pool{Version: "1.35.3"}, TopicSkew, SeverityNotice, "The pool runs 1.35.3, an older patch", "Upgrade the " +
				"pool to 1.35.9.",
		},
		"one behind": {Pool{Version: "1.34.6"}, TopicSkew, SeverityNotice, "The pool runs 1.34.6, one minor behind " +
			"the control plane's 1.35.9; Kubernetes allows 3.", "Upgrade"},
		"three behind": {
			Pool{Version: "1.32.6"}, TopicSkew, SeverityWarning, "The pool runs 1.32.6, 3 minors behind", "Upgrade",
		},
		"too old": {Pool{Version: "1.31.6"}, TopicSkew, SeverityCritical, "The pool runs 1.31.6, which is older than " +
			"the control plane's 1.35.9 by more than the 3 minors", "Upgrade"},
		"newer": {Pool{Version: "1.36.0"}, TopicSkew, SeverityCritical, "The pool runs 1.36.0, newer than", "Upgrade " +
			"the control plane"},
		"unreadable": {
			Pool{Version: "?"}, TopicSkew, SeverityUnknown, `The versions "?" of the pool and "1.35.9"`, "Check",
		},

		"sold": {
			Pool{
				NodeType: "pop2_2c_8g", Sale: &Sale{Status: "general_availability"},
			}, TopicEndOfSale, SeverityOK, "The node type pop2_2c_8g is sold, and no end is announced.", "",
		},
		"announced": {
			Pool{
				NodeType: "gp1_xs", Sale: &Sale{Status: "general_availability", EndOfSaleAt: day(2027, 3, 31)},
			}, TopicEndOfSale, SeverityNotice, "The end of the node type gp1_xs is announced. It is sold until " +
				"2027-03-31.",
			"Move",
		},
		"end of growth": {Pool{
			NodeType: "gp1_xs", Sale: &Sale{
				Status: "end_of_growth", EndOfGrowthAt: day(2026, 7, 1), EndOfSaleAt: day(2027, 3, 31),
				Replacements: []string{"A", "B"},
			},
		},
			TopicEndOfSale, SeverityNotice, "The node type gp1_xs is not sold to new customers (since 2026-07-01). " +
				"It is sold until 2027-03-31.", "Move the workloads to a pool of another node type; the catalogue " +
				"recommends A, B."},
		"end of sale": {
			Pool{
				NodeType: "coparm1_2c_8g", Sale: &Sale{Status: "end_of_sale"},
			}, TopicEndOfSale, SeverityWarning, "The node type coparm1_2c_8g is no longer sold: it may be impossible " +
				"to replace its nodes.", "Move",
		},
		"end of life": {
			Pool{
				NodeType: "start1_s", Sale: &Sale{Status: "retired", EndOfLifeAt: day(2025, 1, 1)},
			}, TopicEndOfSale, SeverityCritical, "The node type start1_s is at its end of life (since 2025-01-01).",
			"Move",
		},
		"no new features": {
			Pool{
				NodeType: "pro2_s", Sale: &Sale{Status: "end_of_new_features"},
			}, TopicEndOfSale, SeverityNotice, "The node type pro2_s is sold, but gets no new features", "",
		},
		"no status": {
			Pool{
				NodeType: "pro2_s", Sale: &Sale{Status: "unknown_status"},
			}, TopicEndOfSale, SeverityUnknown, `The product ` +
				`catalogue gives the node type pro2_s the status "unknown_status"`, "Check",
		},
		"not in the catalogue": {
			Pool{
				NodeType: "pro2_s", NoSaleReason: "is not in the product catalogue of fr-par-1",
			}, TopicEndOfSale, SeverityUnknown, "The node type pro2_s is not in the product catalogue of fr-par-1.",
			"Check",
		},
		"external": {Pool{NodeType: "external", IsExternal: true}, TopicEndOfSale, SeverityOK, "The pool has " +
			"machines outside Scaleway", ""},
	} {
		got := evaluateTopic(t, Cluster{Version: "1.35.9", Pools: []Pool{test.pool}}, versionData135(), at, test.topic)
		clause := "LIF-04"
		if test.topic == TopicSkew {
			clause = "LIF-02"
		}
		if got.Kind != KindPool || got.Severity != test.severity || got.Clause != clause || !strings.HasPrefix(got.Text,
			test.text) || (test.fix == "") != (got.Fix == "") ||
			!strings.HasPrefix(got.Fix, test.fix) {
			t.Errorf("%s:\n%+v", name, got)
		}
	}
}

func TestEvaluateNodes(t *testing.T) {
	t.Parallel()
	at := day(2026, 11, 24)
	for name, test := range map[string]struct {
		node     Node
		severity Severity
		text     string
	}{
		"young": {Node{CreatedAt: at.AddDate(0, 0, -3)}, SeverityOK, "The node is 3 days old, with 27 days left " +
			"until the recommended age of replacement, 30 days."},
		"old": {Node{CreatedAt: at.AddDate(0, 0, -45)}, SeverityWarning, "The node is 45 days old. Scaleway " +
			"recommends replacing nodes at the age of 30 days."},
		"unknown": {Node{}, SeverityUnknown, "The API does not say when the node was created."},
		"later": {Node{CreatedAt: at.AddDate(0, 0, 1)}, SeverityUnknown, "The node was created on 2026-11-25, which " +
			"is after the date of this assessment."},
		"external": {Node{IsExternal: true}, SeverityOK, "The node is a machine outside Scaleway, for which there is " +
			"no recommended age."},
	} {
		got := evaluateTopic(
			t, Cluster{Version: "1.35.9", Nodes: []Node{test.node}}, versionData135(), at, TopicNodeAge,
		)
		if got.Kind != KindNode || got.Severity != test.severity || got.Clause != "LIF-04" || got.Text != test.text {
			t.Errorf("%s:\n%+v", name, got)
		}
	}
}

// TestEvaluateReport checks that the order of the facts does not change the report, that every subject has a finding,
// and that the highest severity is reported.
func TestEvaluateReport(t *testing.T) {
	t.Parallel()
	at := day(2026, 11, 24)
	on := true
	c := Cluster{ID: "c", Name: "patients", Version: "1.35.9", AutoUpgrade: &on}
	for i, version := range []string{"1.35.9", "1.34.6", "1.31.0"} {
		c.Pools = append(
			c.Pools, Pool{
				ID: "p" + string(rune('0'+i)), Name: "same", Version: version, NodeType: "pop2_2c_8g", Sale: &Sale{
					Status: "general_availability",
				},
			},
		)
	}
	for i := range 30 {
		c.Nodes = append(
			c.Nodes, Node{
				ID: "n" + string(rune('A'+i)), Name: "node-" + string(rune('a'+i%26)), CreatedAt: at.AddDate(0, 0,
					-2*i),
			},
		)
	}
	report := Evaluate(c, versionData135(), at)
	random := rand.New(rand.NewPCG(11, 12))
	for range 50 {
		random.Shuffle(len(c.Pools), func(i, j int) { c.Pools[i], c.Pools[j] = c.Pools[j], c.Pools[i] })
		random.Shuffle(len(c.Nodes), func(i, j int) { c.Nodes[i], c.Nodes[j] = c.Nodes[j], c.Nodes[i] })
		if !slices.Equal(Evaluate(c, versionData135(), at), report) {
			t.Fatal("the order of the facts changes the report")
		}
	}
	subjects := map[Subject]bool{}
	counts, total := report.CountBySeverity(), 0
	for _, v := range report {
		subjects[v.Subject] = true
		if v.Text == "" || !strings.HasSuffix(v.Text, ".") || v.Fix != "" && !strings.HasSuffix(v.Fix, ".") ||
			v.Clause == "" ||
			!slices.Contains(Topics(), v.Topic) || !slices.Contains(Severities(), v.Severity) {
			t.Errorf("%+v", v)
		}
		if verdict, ok := report.WorstFinding(v.Subject); !ok || verdict.Severity.Compare(v.Severity) < 0 {
			t.Errorf("the worst finding on %+v is %s, but another is %s", v.Subject, verdict.Severity, v.Severity)
		}
	}
	for _, count := range counts {
		total += count
	}
	if len(subjects) != 1+3+30 || total != len(report) || len(counts) != len(Severities()) ||
		counts[SeverityCritical] != 1 || report.WorstSeverity() != SeverityCritical {
		t.Errorf(
			"%d subjects, counts %v of %d findings, worst %s",
			len(subjects),
			counts,
			len(report),
			report.WorstSeverity(),
		)
	}
	if cluster, _ := report.WorstFinding(
		Subject{KindCluster, "c", "patients"},
	); cluster.Topic != TopicUpgrade || cluster.Severity != SeverityNotice {
		t.Errorf("the worst finding on the cluster: %+v", cluster)
	}
	if v, ok := report.WorstFinding(Subject{KindNode, "unknown", ""}); ok {
		t.Errorf("got %+v", v)
	}
	if worst := (Report{}).WorstSeverity(); worst != SeverityOK {
		t.Errorf("the worst severity without findings is %s", worst)
	}
}

// TestUnknownIsNeverOK checks that findings on unknown facts are never ok.
func TestUnknownIsNeverOK(t *testing.T) {
	t.Parallel()
	c := Cluster{ID: "c", Version: "1.60.0", Pools: []Pool{{ID: "p", NoSaleReason: "is not in the product catalogue " +
		"of fr-par-1"}}, Nodes: []Node{{ID: "n"}}}
	for _, v := range Evaluate(c, VersionData{}, day(2026, 11, 24)) {
		// It is known that no upgrade is offered, so the finding on upgrades may be ok.
		if v.Severity != SeverityUnknown && v.Topic != TopicUpgrade {
			t.Errorf("%+v", v)
		}
	}
}

func TestSeverities(t *testing.T) {
	t.Parallel()
	if SeverityUnknown.Compare(SeverityOK) <= 0 || SeverityUnknown.Compare(SeverityWarning) >= 0 ||
		SeverityCritical.Compare(SeverityWarning) <= 0 {
		t.Error("the severities are not in order")
	}
}
