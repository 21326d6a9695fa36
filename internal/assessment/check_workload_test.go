package assessment

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// inClusterCase judges one check of facts that a function changes.
type inClusterCase struct {
	name     string
	change   func(*Facts, *Options)
	want     Result
	severity Severity // Of a fail.
	subjects []string // If not nil.
	found    string   // Part of the English text.
	reason   Reason   // Of not_evaluated.
}

func (c inClusterCase) test(t *testing.T, check string, facts Facts, o Options) {
	t.Helper()
	c.change(&facts, &o)
	f := judged(t, check, facts, o)
	if f.Result != c.want {
		t.Fatalf("%s: %s, expected %s: %+v", check, f.Result, c.want, f)
	}
	if f.Result == Fail && f.Severity != c.severity {
		t.Errorf("severity %s, expected %s", f.Severity, c.severity)
	}
	if c.subjects != nil && !slices.Equal(f.Subjects, c.subjects) {
		t.Errorf("subjects %q, expected %q", f.Subjects, c.subjects)
	}
	if !strings.Contains(f.Found.EN, c.found) {
		t.Errorf("found %q, expected %q in it", f.Found.EN, c.found)
	}
	if f.Result == NotEvaluated && (len(f.NotEvaluated) == 0 || f.NotEvaluated[0].Reason != c.reason) {
		t.Errorf("not evaluated because of %+v, expected %s", f.NotEvaluated, c.reason)
	}
}

func (c inClusterCase) run(t *testing.T, check string, base func() Facts) {
	t.Helper()
	t.Run(c.name, func(t *testing.T) {
		t.Parallel()
		c.test(t, check, base(), options())
	})
}

// attested adds an attestation that is valid for the cluster of newFacts.
func attested(o *Options, kind string, fields map[string]any) {
	o.Attestations = append(o.Attestations, Attestation{
		ID: kind + "-1", Kind: kind, Scope: newFacts().ClusterID, Result: ResultSuccess,
		PerformedOn: now().AddDate(0, -1, 0), Until: now().AddDate(0, 6, 0), PerformedBy: "sre", ReviewedBy: "ciso",
		Fields: fields,
	})
}

// encryptedVolume is a volume that the CSI driver encrypts.
func encryptedVolume(name, claim string) PersistentVolume {
	return PersistentVolume{
		Name: name, Driver: csiDriver, Handle: "fr-par-1/" + name, Encrypted: ptr("true"), HasPassphrase: true,
		Claim: claim, Phase: "Bound",
	}
}

func TestVolumesEncrypted(t *testing.T) {
	t.Parallel()
	base := func() Facts {
		f := newFacts()
		f.InCluster.Volumes = Read("list persistentvolumes", []PersistentVolume{
			encryptedVolume("pv-1", "records/data"), encryptedVolume("pv-2", "records/logs"),
		})
		return f
	}
	first := func(change func(*PersistentVolume)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { change(&f.InCluster.Volumes.Items[0]) }
	}
	plain := func(v *PersistentVolume) { v.Encrypted = nil }
	for _, c := range []inClusterCase{
		{name: "encrypted", change: func(*Facts, *Options) {}, want: Pass, found: "2 of 2"},
		{name: "read by ParseBool", change: first(func(v *PersistentVolume) { v.Encrypted = ptr("T") }), want: Pass},
		{
			name: "plaintext", change: first(plain), want: Fail, severity: Critical,
			subjects: []string{"PersistentVolume/pv-1"}, found: "namespace records",
		},
		{
			name: "plaintext, not a value of ParseBool", want: Fail, severity: Critical,
			change: first(func(v *PersistentVolume) { v.Encrypted = ptr("yes") }),
		},
		{
			name: "plaintext outside the namespaces with health data", want: Fail, severity: Medium,
			change: func(f *Facts, o *Options) {
				plain(&f.InCluster.Volumes.Items[0])
				o.Inputs.HealthDataNamespaces = []string{"patients"}
			},
		},
		{
			name: "plaintext without health data", want: Fail, severity: Medium,
			change: func(f *Facts, o *Options) { plain(&f.InCluster.Volumes.Items[0]); o.HDS = false },
		},
		{
			name: "released", want: Fail, severity: Critical,
			change: first(func(v *PersistentVolume) { v.Encrypted, v.Phase = ptr("false"), "Released" }),
		},
		{
			name: "never bound", want: NeedsDecision,
			change: first(func(v *PersistentVolume) { v.Encrypted, v.Phase, v.Claim = nil, "Available", "" }),
		},
		{name: "Key Manager", want: NeedsDecision, change: first(func(v *PersistentVolume) { v.HasKMSKey = true })},
		{
			name: "no passphrase", want: NeedsDecision, found: "cannot mount",
			change: first(func(v *PersistentVolume) { v.HasPassphrase = false }),
		},
		{
			name: "file storage", want: NeedsDecision, found: "filestorage.csi.scaleway.com",
			change: first(func(v *PersistentVolume) { v.Driver = "filestorage.csi.scaleway.com" }),
		},
		{
			name: "driver unread", want: NotEvaluated, reason: NoAPIField,
			change: first(func(v *PersistentVolume) { v.Driver = "" }),
		},
		{
			name: "a part was read", want: NotEvaluated, reason: TooMany,
			change: func(f *Facts, _ *Options) {
				f.InCluster.Volumes = Unread("", Gap{Reason: TooMany}, f.InCluster.Volumes.Items...)
			},
		},
		{
			name: "a fail in a part that was read", want: Fail, severity: Critical,
			change: func(f *Facts, _ *Options) {
				plain(&f.InCluster.Volumes.Items[0])
				f.InCluster.Volumes = Unread("", Gap{Reason: TooMany}, f.InCluster.Volumes.Items...)
			},
		},
		{
			name: "the volume of a claim is missing", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) {
				f.InCluster.Claims = Read("list persistentvolumeclaims", []Claim{{
					Namespace: "records", Name: "x", Phase: "Bound", VolumeName: "pv-3",
				}})
			},
		},
		{
			name: "none", want: NotApplicable,
			change: func(f *Facts, _ *Options) { f.InCluster.Volumes = Read("", []PersistentVolume{}) },
		},
		{
			name: "not asked", want: NotEvaluated, reason: NotAsked,
			change: func(_ *Facts, o *Options) { o.Layers = []string{LayerAPI} },
		},
	} {
		c.run(t, "volumes_encrypted", base)
	}
}

func TestWorkloadVolumeSources(t *testing.T) {
	t.Parallel()
	base := func() Facts {
		f := newFacts()
		f.InCluster.Workloads = Read("workload templates", []Workload{
			{Kind: "Deployment", Namespace: "records", Name: "web"},
		})
		return f
	}
	with := func(v PodVolume) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { f.InCluster.Workloads.Items[0].Volumes = []PodVolume{v} }
	}
	host := PodVolume{Name: "host", Type: "hostPath", Detail: "/var/lib/kubelet/pods"}
	for _, c := range []inClusterCase{
		{name: "none", change: func(*Facts, *Options) {}, want: Pass},
		{name: "memory", change: with(PodVolume{Type: "emptyDir", Detail: "Memory"}), want: Pass, found: "in memory"},
		{name: "disk of the node", change: with(PodVolume{Type: "emptyDir"}), want: Pass, found: "not encrypted"},
		{
			name: "nfs", change: with(PodVolume{Name: "x", Type: "nfs", Detail: "198.51.100.1:/"}), want: Fail,
			severity: High, subjects: []string{"Deployment/records/web"},
		},
		{name: "rbd", change: with(PodVolume{Name: "x", Type: "rbd"}), want: Fail, severity: High},
		{name: "a later type", change: with(PodVolume{Name: "x", Type: "cloudDisk"}), want: Fail, severity: High},
		{
			name: "nfs without health data", want: Fail, severity: Medium,
			change: func(f *Facts, o *Options) {
				with(PodVolume{Name: "x", Type: "nfs"})(f, o)
				o.Inputs.HealthDataNamespaces = []string{}
			},
		},
		{
			name: "nfs of an accepted add-on", want: Fail, severity: High,
			change: func(f *Facts, o *Options) {
				with(PodVolume{Name: "x", Type: "nfs"})(f, o)
				attested(o, "supply_chain", addOn("accepted"))
			},
		},
		{name: "writable directory of the node", change: with(host), want: Fail, severity: Medium},
		{
			name: "read-only directory of the node", want: Pass, found: "reading only",
			change: with(PodVolume{Name: "host", Type: "hostPath", Detail: "/", ReadOnly: true}),
		},
		{
			name: "kube-system", want: Pass,
			change: func(f *Facts, o *Options) {
				with(host)(f, o)
				f.InCluster.Workloads.Items[0].Namespace = "kube-system"
			},
		},
		{
			name: "accepted add-on", want: Pass, found: "supply_chain",
			change: func(f *Facts, o *Options) {
				with(host)(f, o)
				attested(o, "supply_chain", addOn("accepted"))
			},
		},
		{
			name: "rejected add-on", want: Fail, severity: Medium,
			change: func(f *Facts, o *Options) {
				with(host)(f, o)
				attested(o, "supply_chain", addOn("rejected"))
			},
		},
		{
			name: "attestation that expired", want: Fail, severity: Medium,
			change: func(f *Facts, o *Options) {
				with(host)(f, o)
				attested(o, "supply_chain", addOn("accepted"))
				o.Attestations[0].Until = now().AddDate(0, 0, -2)
			},
		},
		{
			name: "driver without data", want: Pass,
			change: with(PodVolume{Name: "x", Type: "csi", Detail: "csi.cert-manager.io", HoldsNoData: true}),
		},
		{
			name: "driver of the guardrails", want: Pass,
			change: func(f *Facts, o *Options) {
				with(PodVolume{Name: "x", Type: "csi", Detail: "csi.example.org"})(f, o)
				f.InCluster.Guardrails.Value = &Guardrails{Present: true, InlineDrivers: []string{"csi.example.org"}}
			},
		},
		{
			name: "other driver", want: NeedsDecision, found: "csi.example.org",
			change: with(PodVolume{Name: "x", Type: "csi", Detail: "csi.example.org"}),
		},
		{
			name: "type unread", want: NotEvaluated, reason: NoAPIField, change: with(PodVolume{Name: "x"}),
		},
		{
			name: "only components of Scaleway", want: NotApplicable,
			change: func(f *Facts, o *Options) { with(host)(f, o); f.InCluster.Workloads.Items[0].FromScaleway = true },
		},
		{
			name: "too many pods", want: NotEvaluated, reason: TooMany,
			change: func(f *Facts, _ *Options) {
				f.InCluster.Workloads = Unread("", Gap{Reason: TooMany, Looked: 100}, f.InCluster.Workloads.Items...)
			},
		},
	} {
		c.run(t, "workload_volume_sources", base)
	}
}

// addOn returns the fields of an attestation of the kind supply_chain.
func addOn(decision string) map[string]any {
	return map[string]any{"add_ons": []any{map[string]any{
		"name": "web", "decision": decision, "namespaces": []any{"records"},
	}}}
}

func TestDefaultStorageClass(t *testing.T) {
	t.Parallel()
	base := func() Facts {
		f := newFacts()
		f.InCluster.StorageClasses = Read("list storageclasses", []StorageClass{
			{Name: "srm-encrypted", Provisioner: csiDriver, IsDefault: true, Encrypted: ptr("true")},
			{Name: "sbs-default", Provisioner: csiDriver},
		})
		return f
	}
	class := func(i int, change func(*StorageClass)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { change(&f.InCluster.StorageClasses.Items[i]) }
	}
	for _, c := range []inClusterCase{
		{name: "encrypted", change: func(*Facts, *Options) {}, want: Pass},
		{
			name: "plaintext", want: Fail, severity: High, subjects: []string{"StorageClass/srm-encrypted"},
			change: class(0, func(s *StorageClass) { s.Encrypted = nil }),
		},
		{
			name: "not a value of ParseBool", want: Fail, severity: High,
			change: class(0, func(s *StorageClass) { s.Encrypted = ptr("on") }),
		},
		{
			name: "two", want: Fail, severity: High, found: "does not encrypt",
			subjects: []string{"StorageClass/sbs-default", "StorageClass/srm-encrypted"},
			change:   class(1, func(s *StorageClass) { s.IsDefault = true }),
		},
		{
			name: "no default", want: NeedsDecision, found: "stays pending",
			change: class(0, func(s *StorageClass) { s.IsDefault = false }),
		},
		{
			name: "none encrypts", want: Fail, severity: High, found: "No StorageClass encrypts",
			change: class(0, func(s *StorageClass) { s.IsDefault, s.Encrypted = false, nil }),
		},
		{name: "Key Manager", want: NeedsDecision, change: class(0, func(s *StorageClass) { s.HasKMSKey = true })},
		{
			name: "other driver", want: NeedsDecision,
			change: class(0, func(s *StorageClass) { s.Provisioner = "nfs.csi.k8s.io" }),
		},
		{
			name: "forbidden", want: NotEvaluated, reason: Forbidden,
			change: func(f *Facts, _ *Options) {
				f.InCluster.StorageClasses = Unread[StorageClass]("", Gap{Reason: Forbidden})
			},
		},
		{
			name: "a part without a default", want: NotEvaluated, reason: TooMany,
			change: func(f *Facts, _ *Options) {
				f.InCluster.StorageClasses = Unread("", Gap{Reason: TooMany}, f.InCluster.StorageClasses.Items[1])
			},
		},
		{
			name: "no class", want: NotApplicable,
			change: func(f *Facts, _ *Options) { f.InCluster.StorageClasses = Read("", []StorageClass{}) },
		},
	} {
		c.run(t, "default_storage_class", base)
	}
}

// daysAgo returns the time of the facts, days earlier.
func daysAgo(days int) *time.Time { return ptr(now().AddDate(0, 0, -days)) }
