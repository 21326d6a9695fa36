package assessment

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// checkTest changes the facts of newProjectFacts.
type checkTest struct {
	name, check string
	change      func(*Facts, *Options)
	want        Result
	severity    Severity // Of a fail.
	text        string   // A part of the English text.
}

func runCheckTests(t *testing.T, tests []checkTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.check+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			facts, o := newProjectFacts(), options()
			o.Inputs.RequiredLogRetentionDays = 365
			if test.change != nil {
				test.change(&facts, &o)
			}
			f := judged(t, test.check, facts, o)
			if f.Result != test.want || !strings.Contains(f.Found.EN, test.text) {
				t.Errorf("%s %q, expected %s %q: %+v", f.Result, f.Found.EN, test.want, test.text, f.Objects)
			}
			if f.Result == Fail && f.Severity != test.severity {
				t.Errorf("severity %s, expected %s", f.Severity, test.severity)
			}
			if f.Found.FR == "" || (f.Found.EN == f.Found.FR && f.Result != Pass) {
				t.Errorf("French text: %q", f.Found.FR)
			}
		})
	}
}

// tcp makes the frontends of the Load Balancer one that passes TCP on a port.
func tcp(port int) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) {
		l := balancer(f)
		l.Frontends.Items = []LBFrontend{
			{ID: "f", Name: "tcp", Port: port, BackendID: "b1", CertificateIDs: &[]string{}},
		}
		l.Backends.Items[0].ForwardProtocol, l.Backends.Items[0].SSLBridging = ptr("tcp"), ptr(false)
	}
}

// inTLSNamespace makes the guardrails list the namespace of the Service.
func inTLSNamespace(change func(*Facts, *Options)) func(*Facts, *Options) {
	return func(f *Facts, o *Options) {
		change(f, o)
		f.InCluster.Guardrails.Value = &Guardrails{Present: true, TLSNamespaces: []string{"ingress"}}
	}
}

// rules sets the access rules of the frontend without a certificate.
func rules(list ...LBACL) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) { balancer(f).Frontends.Items[1].ACLs = Read("acls", list) }
}

// public gives the Load Balancer a public address, and lists ids as expected.
func public(expected ...string) func(*Facts, *Options) {
	return func(f *Facts, o *Options) {
		balancer(f).PublicIPs = &[]string{"51.15.0.1"}
		o.Inputs.ExpectedPublic = map[string]Acceptance{}
		for _, id := range expected {
			o.Inputs.ExpectedPublic[id] = Acceptance{Reason: "portal", ReviewedOn: "2026-11-01"}
		}
	}
}

// certificate changes the certificate in use.
func certificate(change func(*LBCertificate)) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) { change(&balancer(f).Certificates.Items[0]) }
}

// validity sets how long the certificate in use has been and will be valid.
func validity(kind string, before, after int) func(*Facts, *Options) {
	return certificate(func(c *LBCertificate) {
		c.Type = kind
		c.NotValidBefore, c.NotValidAfter = ptr(now().AddDate(0, 0, -before)), ptr(now().AddDate(0, 0, after))
	})
}

func TestLoadBalancerExposureChecks(t *testing.T) {
	t.Parallel()
	runCheckTests(t, []checkTest{
		{name: "private", check: "lb_public", want: Pass, text: "no public address"},
		{"no input", "lb_public", func(f *Facts, _ *Options) { balancer(f).PublicIPs = &[]string{"51.15.0.1"} },
			NeedsDecision, "", "expected_public is not given"},
		{"not expected", "lb_public", public(), Fail, Medium, "not expected"},
		{"another is expected", "lb_public", public("fr-par-1/other"), Fail, Medium, "not expected"},
		{"by id", "lb_public", public(testBalancer), Pass, "", "Accepted by expected_public"},
		{"by zone and id", "lb_public", public("fr-par-1/" + testBalancer), Pass, "", "Accepted"},
		{"by Service", "lb_public", public("Service/ingress/web"), Pass, "", "Accepted"},
		{"of no Service", "lb_public", func(f *Facts, _ *Options) {
			f.Project.LoadBalancers.Items = append(f.Project.LoadBalancers.Items, LoadBalancer{ID: "other"})
		}, Pass, "", ""},
		{"of an unknown Service", "lb_public", func(f *Facts, _ *Options) {
			f.Project.LoadBalancers.Items = append(f.Project.LoadBalancers.Items, LoadBalancer{ID: "other"})
			f.InCluster.Services = forbidden[Service]("list of services")
		}, NotEvaluated, "", ""},
		{"new", "lb_public", func(f *Facts, o *Options) {
			public()(f, o)
			balancer(f).CreatedAt = ptr(now().Add(-5 * time.Minute))
		}, NotEvaluated, "", ""},
		{
			"no address field",
			"lb_public",
			func(f *Facts, _ *Options) { balancer(f).PublicIPs = nil },
			NotEvaluated,
			"",
			"",
		},
		{"forbidden", "lb_public", func(f *Facts, _ *Options) {
			f.Project.LoadBalancers = forbidden[LoadBalancer]("LoadBalancersReadOnly")
		}, NotEvaluated, "", "not allowed"},
		{"the Service's Load Balancer is missing", "lb_public", func(f *Facts, _ *Options) {
			f.Project.LoadBalancers.Items = nil
		}, NotEvaluated, "", ""},
		{"none", "lb_public", func(f *Facts, _ *Options) {
			f.Project.LoadBalancers.Items, f.InCluster.Services.Items = nil, f.InCluster.Services.Items[:1]
		}, NotApplicable, "", "no Load Balancer"},
		{"in the Private Network", "lb_public", func(f *Facts, o *Options) {
			public("Service/ingress/web")(f, o)
			other := *balancer(f)
			other.ID, other.ClusterID, other.ServiceUID, other.InPrivateNetwork = "other", "", "", true
			f.Project.LoadBalancers.Items = append(f.Project.LoadBalancers.Items, other)
		}, Fail, Medium, "not expected"},
		{"of another cluster in the Private Network", "lb_public", func(f *Facts, o *Options) {
			public("Service/ingress/web")(f, o)
			other := *balancer(f)
			other.ID, other.ClusterID, other.ServiceUID, other.InPrivateNetwork = "other", "c2", "", true
			f.Project.LoadBalancers.Items = append(f.Project.LoadBalancers.Items, other)
			f.Project.Neighbours[0].Items = []Resource{{Kind: KindCluster, ID: "c2"}}
		}, Pass, "", "Accepted"},
		{"elsewhere in the Project", "lb_public", func(f *Facts, o *Options) {
			public("Service/ingress/web")(f, o)
			other := *balancer(f)
			other.ID, other.ClusterID, other.ServiceUID = "other", "", ""
			f.Project.LoadBalancers.Items = append(f.Project.LoadBalancers.Items, other)
		}, Pass, "", "Accepted"},

		{name: "of a Service", check: "lb_orphan", want: Pass},
		{"without a Service", "lb_orphan", func(f *Facts, _ *Options) {
			f.InCluster.Services.Items = f.InCluster.Services.Items[:1]
		}, Fail, Low, "does not exist"},
		{"being deleted", "lb_orphan", func(f *Facts, _ *Options) {
			f.InCluster.Services.Items, balancer(f).Status = f.InCluster.Services.Items[:1], "deleting"
		}, NotEvaluated, "", ""},
		{"no UID in the name", "lb_orphan", func(f *Facts, _ *Options) {
			f.InCluster.Services.Items, balancer(f).ServiceUID = f.InCluster.Services.Items[:1], ""
		}, NeedsDecision, "", ""},
		{"cluster unread", "lb_orphan", func(f *Facts, _ *Options) { f.InCluster = InCluster{} }, NotEvaluated, "", ""},
		{"no kubernetes Service", "lb_orphan", func(f *Facts, _ *Options) { f.InCluster.Services.Items = nil },
			NotEvaluated, "", ""},
		{"not of the cluster", "lb_orphan", func(f *Facts, _ *Options) {
			f.InCluster.Services.Items, balancer(f).ClusterID = f.InCluster.Services.Items[:1], ""
		}, NotApplicable, "", ""},
	})
}

func TestLoadBalancerTLSChecks(t *testing.T) {
	t.Parallel()
	redirect := LBACL{Index: 2, Action: "redirect", RedirectScheme: true, MatchesAll: true}
	runCheckTests(t, []checkTest{
		{name: "certificate and redirection", check: "lb_frontend_tls", want: Pass, text: "redirects"},
		{"no rules", "lb_frontend_tls", rules(), Fail, High, "Port 80 takes HTTP"},
		{"redirection of some requests", "lb_frontend_tls",
			rules(LBACL{Action: "redirect", RedirectScheme: true}), Fail, High, "Port 80"},
		{"redirection to http", "lb_frontend_tls", rules(LBACL{Action: "redirect", MatchesAll: true}), Fail, High, ""},
		{"exception before the redirection", "lb_frontend_tls", rules(redirect, LBACL{Index: 1, Action: "allow"}),
			Fail, High, ""},
		{"exception after the redirection", "lb_frontend_tls", rules(redirect, LBACL{Index: 3, Action: "allow"}),
			Pass, "", ""},
		{"denial before the redirection", "lb_frontend_tls", rules(redirect, LBACL{Index: 1, Action: "deny"}),
			Pass, "", ""},
		{"rules unread", "lb_frontend_tls", func(f *Facts, _ *Options) {
			balancer(f).Frontends.Items[1].ACLs = Collection[LBACL]{}
		}, NotEvaluated, "", ""},
		{"new", "lb_frontend_tls", func(f *Facts, o *Options) {
			rules()(f, o)
			balancer(f).CreatedAt = ptr(now().Add(-time.Minute))
		}, NotEvaluated, "", ""},
		{"tcp", "lb_frontend_tls", tcp(443), NeedsDecision, "", "port 443"},
		{"tcp to a TLS namespace", "lb_frontend_tls", inTLSNamespace(tcp(443)), Pass, "", "Service/ingress/web"},
		{"tcp of port 80 to a TLS namespace", "lb_frontend_tls", inTLSNamespace(tcp(80)), NeedsDecision, "", "port 80"},
		{"tcp without the Service", "lb_frontend_tls", inTLSNamespace(func(f *Facts, o *Options) {
			tcp(443)(f, o)
			f.InCluster.Services = Collection[Service]{}
		}), NeedsDecision, "", ""},
		{"certificates unknown", "lb_frontend_tls", func(f *Facts, _ *Options) {
			balancer(f).Frontends.Items[0].CertificateIDs = nil
		}, NotEvaluated, "", ""},
		{"protocol unknown", "lb_frontend_tls", func(f *Facts, _ *Options) {
			balancer(f).Backends.Items[0].ForwardProtocol = nil
		}, NotEvaluated, "", ""},
		{"backends unread", "lb_frontend_tls", func(f *Facts, _ *Options) {
			balancer(f).Backends = forbidden[LBBackend]("LoadBalancersReadOnly")
		}, NotEvaluated, "", "not allowed"},
		{"frontends unread", "lb_frontend_tls", func(f *Facts, _ *Options) {
			balancer(f).Frontends = Collection[LBFrontend]{}
		}, NotEvaluated, "", ""},
		{"no frontend", "lb_frontend_tls", func(f *Facts, _ *Options) { balancer(f).Frontends.Items = nil },
			NotApplicable, "", "frontend"},

		{name: "intermediate", check: "lb_tls_floor", want: Pass},
		{"old", "lb_tls_floor", func(f *Facts, _ *Options) {
			balancer(f).SSLCompatibility = ptr("ssl_compatibility_level_old")
		}, Fail, Medium, "before 1.2"},
		{"modern", "lb_tls_floor", func(f *Facts, _ *Options) {
			balancer(f).SSLCompatibility = ptr("ssl_compatibility_level_modern")
		}, Pass, "", ""},
		{"unknown level", "lb_tls_floor", func(f *Facts, _ *Options) {
			balancer(f).SSLCompatibility = ptr("ssl_compatibility_level_unknown")
		}, NotEvaluated, "", ""},
		{
			"no level",
			"lb_tls_floor",
			func(f *Facts, _ *Options) { balancer(f).SSLCompatibility = nil },
			NotEvaluated,
			"",
			"",
		},
		{"passthrough", "lb_tls_floor", func(f *Facts, o *Options) {
			tcp(443)(f, o)
			balancer(f).SSLCompatibility = ptr("ssl_compatibility_level_old")
		}, NotApplicable, "", "terminates TLS"},
		{"frontends unread", "lb_tls_floor", func(f *Facts, _ *Options) {
			balancer(f).Frontends = Collection[LBFrontend]{}
		}, NotEvaluated, "", ""},

		{name: "verified", check: "lb_backend_verified", want: Pass},
		{"not verified", "lb_backend_verified", func(f *Facts, _ *Options) {
			balancer(f).Backends.Items[0].IgnoreSSLVerify = ptr(true)
		}, Fail, High, "not verified"},
		{"plain", "lb_backend_verified", func(f *Facts, _ *Options) {
			balancer(f).Backends.Items[0].SSLBridging = ptr(false)
		}, NeedsDecision, "", "does not encrypt"},
		{"verification unknown", "lb_backend_verified", func(f *Facts, _ *Options) {
			balancer(f).Backends.Items[0].IgnoreSSLVerify = nil
		}, NotEvaluated, "", ""},
		{"bridging unknown", "lb_backend_verified", func(f *Facts, _ *Options) {
			balancer(f).Backends.Items[0].SSLBridging = nil
		}, NotEvaluated, "", ""},
		{"TLS passed to pods", "lb_backend_verified", inTLSNamespace(tcp(443)), Pass, "", "passed through"},
		{"TCP of another port", "lb_backend_verified", inTLSNamespace(tcp(8443)), NeedsDecision, "", ""},
		{
			"not for health data",
			"lb_backend_verified",
			func(_ *Facts, o *Options) { o.HDS = false },
			NotApplicable,
			"",
			"",
		},
	})
}

func TestLoadBalancerCertificateChecks(t *testing.T) {
	t.Parallel()
	runCheckTests(t, []checkTest{
		{name: "valid", check: "lb_certificate_expiry", want: Pass, text: "2027-11-30"},
		{"31 days left", "lb_certificate_expiry", validity("custom", 334, 31), Pass, "", ""},
		{"30 days left", "lb_certificate_expiry", validity("custom", 335, 30), Fail, Medium, "2026-12-30"},
		{"Let's Encrypt, 21 days left", "lb_certificate_expiry", validity("letsencrypt", 69, 21), Pass, "", ""},
		{"Let's Encrypt, 20 days left", "lb_certificate_expiry", validity("letsencrypt", 70, 20), Fail, Medium, ""},
		{"short-lived, 3 of 10 days left", "lb_certificate_expiry", validity("custom", 7, 3), Pass, "", ""},
		{"short-lived, 2 of 10 days left", "lb_certificate_expiry", validity("custom", 8, 2), Fail, Medium, ""},
		{"expired", "lb_certificate_expiry", validity("custom", 90, -1), Fail, High, "expired on 2026-11-29"},
		{"expires now", "lb_certificate_expiry", validity("custom", 90, 0), Fail, High, ""},
		{"error", "lb_certificate_expiry", certificate(func(c *LBCertificate) { c.Status = ptr("error") }),
			Fail, High, "could not be issued"},
		{"pending", "lb_certificate_expiry", certificate(func(c *LBCertificate) {
			c.Status, c.NotValidAfter = ptr("pending"), nil
		}), NotEvaluated, "", "being changed"},
		{"no end", "lb_certificate_expiry", certificate(func(c *LBCertificate) { c.NotValidAfter = nil }),
			NotEvaluated, "", ""},
		{
			"no status",
			"lb_certificate_expiry",
			certificate(func(c *LBCertificate) { c.Status = nil }),
			NotEvaluated,
			"",
			"",
		},
		{"unused and expired", "lb_certificate_expiry", func(f *Facts, _ *Options) {
			l := balancer(f)
			l.Certificates.Items = append(l.Certificates.Items, LBCertificate{
				ID: "c2", Status: ptr("ready"), NotValidAfter: ptr(now().AddDate(-1, 0, 0)),
			})
		}, Pass, "", ""},
		{"one of two expired", "lb_certificate_expiry", func(f *Facts, _ *Options) {
			l := balancer(f)
			l.Frontends.Items[0].CertificateIDs = &[]string{"c1", "c2"}
			l.Certificates.Items = append(l.Certificates.Items, LBCertificate{
				ID: "c2", Status: ptr("ready"), NotValidAfter: ptr(now().AddDate(-1, 0, 0)),
			})
		}, Fail, High, "2025-11-30"},
		{
			"not in the list",
			"lb_certificate_expiry",
			func(f *Facts, _ *Options) { balancer(f).Certificates.Items = nil },
			NotEvaluated,
			"",
			"",
		},
		{"unread", "lb_certificate_expiry", func(f *Facts, _ *Options) {
			balancer(f).Certificates = forbidden[LBCertificate]("LoadBalancersReadOnly")
		}, NotEvaluated, "", "not allowed"},
		{"no certificate", "lb_certificate_expiry", func(f *Facts, o *Options) {
			tcp(443)(f, o)
			balancer(f).Certificates.Items = nil
		}, NotApplicable, "", ""},
	})
}

// TestLoadBalancerSubjects checks the subjects, which waivers name, and the accepted objects.
func TestLoadBalancerSubjects(t *testing.T) {
	t.Parallel()
	facts, o := newProjectFacts(), options()
	public("Service/ingress/web")(&facts, &o)
	f := judged(t, "lb_public", facts, o)
	if len(f.Accepted) != 1 || f.Accepted[0].Subject != "fr-par-1/"+testBalancer || f.Accepted[0].Reason != "portal" {
		t.Errorf("accepted: %+v", f.Accepted)
	}
	rules()(&facts, &o)
	if f := judged(t, "lb_frontend_tls", facts, o); !slices.Equal(f.Subjects, []string{"fr-par-1/" + testBalancer}) {
		t.Errorf("subjects: %v", f.Subjects)
	}
}
