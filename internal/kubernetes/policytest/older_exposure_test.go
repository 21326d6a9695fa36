package policytest

import "strings"

// olderExposure are objects that are older than the policies on node ports, redirects and listeners: they may change
// without getting worse.
func olderExposure() []older {
	found := append(olderPorts(), olderRedirects()...)
	for _, kind := range []struct{ version, kind string }{
		{"gateway.networking.k8s.io/v1", "ListenerSet"}, {"gateway.networking.x-k8s.io/v1alpha1", "XListenerSet"},
	} {
		listeners := func(list string) string { return `{"spec":{"listeners":[` + list + `]}}` }
		const http = `{"name":"http","port":80,"protocol":"HTTP"}`
		found = append(found, older{
			manifest: `{apiVersion: ` + kind.version + `, kind: ` + kind.kind + `, metadata: {name: older, ` +
				`namespace: web, finalizers: [example.com/hold]}, ` +
				`spec: {parentRef: {name: shared}, listeners: [{name: http, port: 80, protocol: HTTP}]}}`,
			now: refusedListeners, usual: allow, status: `{"status":{"conditions":[]}}`,
			changes: []change{
				{"another name of the listener", listeners(`{"name":"web","port":80,"protocol":"HTTP"}`), allow},
				{"another parent", `{"spec":{"parentRef":{"name":"other"}}}`, allow},
				{"TLS beside it", listeners(http + `,{"name":"https","port":443,"protocol":"HTTPS"}`), allow},
				{"TLS", listeners(`{"name":"https","port":443,"protocol":"HTTPS"}`), allow},
				{"no listener", `{"spec":{"listeners":null}}`, allow},
				{"another port", listeners(`{"name":"http","port":8080,"protocol":"HTTP"}`), refusedListeners},
				{"a second listener", listeners(http + `,{"name":"alt","port":8080,"protocol":"HTTP"}`),
					refusedListeners},
				{"TCP", listeners(`{"name":"http","port":80,"protocol":"TCP"}`), refusedListeners},
				{"another host",
					listeners(`{"name":"http","port":80,"protocol":"HTTP","hostname":"app.example.org"}`),
					refusedListeners},
			},
		}, older{
			manifest: `{apiVersion: ` + kind.version + `, kind: ` + kind.kind + `, metadata: {name: older, ` +
				`namespace: edge, finalizers: [example.com/hold]}, ` +
				`spec: {parentRef: {name: shared}, listeners: [{name: http, port: 80, protocol: HTTP}]}}`,
			now: allow, usual: allow, status: `{"status":{"conditions":[]}}`,
			changes: []change{
				{"another host",
					listeners(`{"name":"http","port":80,"protocol":"HTTP","hostname":"app.example.org"}`), allow},
				{"another port", listeners(`{"name":"http","port":8080,"protocol":"HTTP"}`), refusedListeners},
			},
		})
	}
	return found
}

func olderPorts() []older {
	named := func(name, spec string) string {
		return `{apiVersion: v1, kind: Service, metadata: {name: ` + name + `, namespace: web, ` +
			`finalizers: [example.com/hold]}, spec: {selector: {app: web}, ` + spec + `}}`
	}
	ports := func(list string) string { return `{"spec":{"ports":[` + list + `]}}` }
	const load = `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`
	return []older{
		{
			manifest: named("older-node-port", `type: NodePort, ports: [{name: web, port: 443, nodePort: 32501}, {name: alt, `+
				`port: 8443}]`),
			now: refusedPorts, usual: allow, status: `{"status":{"conditions":[]}}`,
			changes: []change{
				{"another selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"another target", ports(`{"name":"web","port":443,"targetPort":8443},{"name":"alt","port":8443}`),
					allow},
				{"one port less", ports(`{"name":"web","port":443}`), allow},
				{"local traffic", `{"spec":{"externalTrafficPolicy":"Local"}}`, allow},
				{"inside the cluster", `{"spec":{"type":"ClusterIP"}}`, allow},
				{"a class that keeps the ports",
					`{"spec":{"type":"LoadBalancer","loadBalancerClass":"example.com/metal"}}`, allow},
				{"a third port",
					ports(`{"name":"web","port":443},{"name":"alt","port":8443},{"name":"new","port":9443}`),
					refusedPorts},
				{"UDP on the same node port", ports(`{"name":"web","port":443,"nodePort":32501},` +
					`{"name":"alt","port":8443},{"name":"udp","port":443,"nodePort":32501,"protocol":"UDP"}`), refusedPorts},
				{"another node port",
					ports(`{"name":"web","port":443,"nodePort":32767},{"name":"alt","port":8443}`), refusedPorts},
				{"an external address", `{"spec":{"externalIPs":["198.51.100.7"]}}`, refusedPorts},
				{"a Load Balancer in clear", `{"spec":{"type":"LoadBalancer"}}`, refusedLB},
			},
		},
		{
			manifest: named("older-address", `externalIPs: [198.51.100.7, 198.51.100.8], ports: [{name: web, `+
				`port: 443}]`),
			now: refusedPorts, usual: allow,
			changes: []change{
				{"another selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"another port", ports(`{"name":"web","port":8443}`), allow},
				{"one address less", `{"spec":{"externalIPs":["198.51.100.8"]}}`, allow},
				{"no address", `{"spec":{"externalIPs":null}}`, allow},
				{"another address", `{"spec":{"externalIPs":["198.51.100.7","198.51.100.9"]}}`, refusedPorts},
				{"ports of the nodes", `{"spec":{"type":"NodePort"}}`, refusedPorts},
			},
		},
		{
			manifest: named("older-class", `type: LoadBalancer, loadBalancerClass: example.com/metal, `+
				`ports: [{name: web, port: 443}]`),
			now: refusedPorts, usual: allow, status: load,
			changes: []change{
				{"another selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"its ports of the nodes alone", `{"spec":{"type":"NodePort","loadBalancerClass":null}}`, allow},
				{"no ports of the nodes",
					`{"spec":{"allocateLoadBalancerNodePorts":false,"ports":[{"name":"web","port":8443}]}}`, allow},
				{"another port", ports(`{"name":"web","port":443},{"name":"alt","port":8443}`), refusedPorts},
			},
		},
		{
			manifest: `{apiVersion: v1, kind: Pod, metadata: {name: older-host-port, namespace: web, ` +
				`finalizers: [example.com/hold]}, spec: {containers: [` +
				`{name: main, image: "registry.example.org/main:1.0", ports: [{containerPort: 8443, ` +
				`hostPort: 8443}]}]}}`,
			now: refusedPorts, usual: allow, status: `{"status":{"phase":"Running"}}`,
			changes: []change{{"another image",
				`{"spec":{"containers":[{"name":"main","image":"registry.example.org/main:1.1"}]}}`, allow}},
		},
	}
}

func olderRedirects() []older {
	named := func(name, annotations, spec string) string {
		return strings.Replace(ingress(`, finalizers: [example.com/hold], annotations: {`+annotations+`}`, spec),
			"name: tried", "name: "+name, 1)
	}
	annotate := func(pairs string) string { return `{"metadata":{"annotations":{` + pairs + `}}}` }
	path := func(host, at, service string) string {
		return `{"host":"` + host + `","http":{"paths":[{"path":"` + at +
			`","pathType":"Prefix","backend":{"service":{"name":"` + service + `","port":{"number":80}}}}]}}`
	}
	rules := func(list string) string { return `{"spec":{"rules":[` + list + `]}}` }
	const (
		rule   = `ingressClassName: nginx, rules: [{host: app.example.org, ` + webPaths + `}], `
		secret = `tls: [{hosts: [app.example.org, api.example.org], secretName: app-tls}]`
		off    = `"nginx.ingress.kubernetes.io/ssl-redirect":"false"`
		load   = `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`
	)
	usual := path("app.example.org", "/", "web")
	return []older{
		{
			manifest: named("older-redirect", nginx+`ssl-redirect: "false"`, rule+secret), now: refusedIngress,
			usual: allow, status: load,
			changes: []change{
				{"another backend", rules(path("app.example.org", "/", "other")), allow},
				{"another spelling", annotate(`"nginx.ingress.kubernetes.io/ssl-redirect":"F"`), allow},
				{"another controller's annotation", annotate(`"haproxy.org/ssl-redirect":"off"`), allow},
				{"another class", `{"spec":{"ingressClassName":"haproxy"}}`, allow},
				{"the redirect", annotate(`"nginx.ingress.kubernetes.io/ssl-redirect":null`), allow},
				{"the redirect in any case", annotate(`"nginx.ingress.kubernetes.io/force-ssl-redirect":"true"`),
					allow},
				{"another path", rules(usual + `,` + path("app.example.org", "/more", "web")), refusedIngress},
				{"another host", rules(usual + `,` + path("api.example.org", "/", "web")), refusedIngress},
				{"another host with the redirect",
					`{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/ssl-redirect":"true"}},"spec":{"rules":[` + usual + `,` +
						path("api.example.org", "/", "web") + `]}}`, allow},
				{"no TLS", `{"spec":{"tls":null}}`, refusedIngress},
				{"no certificate", `{"spec":{"tls":[{"hosts":["app.example.org"]}]}}`, refusedIngress},
			},
		},
		{
			manifest: named("older-secure", `team: records`, rule+secret), now: allow, usual: allow, status: load,
			changes: []change{
				{"an annotation", annotate(`"nginx.ingress.kubernetes.io/proxy-body-size":"8m"`), allow},
				{"another host", rules(usual + `,` + path("api.example.org", "/", "web")), allow},
				{"no redirect", annotate(off), refusedIngress},
				{"no redirect by another controller", annotate(`"ingress.cilium.io/force-https":"disabled"`),
					refusedIngress},
				{"the entry point of plaintext",
					annotate(`"traefik.ingress.kubernetes.io/router.entrypoints":"web"`), refusedIngress},
				{"no certificate", `{"spec":{"tls":[{"hosts":["app.example.org"]}]}}`, refusedIngress},
			},
		},
		{
			manifest: named("older-bare", `team: records`, rule+`tls: [{hosts: [app.example.org]}]`),
			now:      refusedIngress, usual: allow, status: load,
			changes: []change{
				{"a certificate", `{"spec":{"tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`, allow},
				{"a class with a default certificate", `{"spec":{"ingressClassName":"default-certificate"}}`, allow},
				{"another backend", rules(path("app.example.org", "/", "other")), allow},
				{"no redirect", annotate(off), refusedIngress},
				{"another host", `{"spec":{"rules":[` + usual + `,` + path("api.example.org", "/", "web") +
					`],"tls":[{"hosts":["app.example.org","api.example.org"]}]}}`, refusedIngress},
			},
		},
		{
			manifest: named("older-plain", `team: records`, strings.TrimSuffix(rule, ", ")), now: refusedIngress,
			usual: allow, status: load,
			changes: []change{
				{"no redirect, where there is none", annotate(off), allow},
				{"TLS without a redirect", `{"metadata":{"annotations":{` + off +
					`}},"spec":{"tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`, allow},
				{"another path", rules(usual + `,` + path("app.example.org", "/more", "web")), refusedIngress},
			},
		},
		{
			manifest: named("older-default", `team: records`, strings.Replace(rule, "nginx", "default-certificate",
				1)+`tls: [{hosts: [app.example.org]}]`),
			now: allow, usual: allow, status: load,
			changes: []change{
				{"another class", `{"spec":{"ingressClassName":"nginx"}}`, refusedIngress},
				{"another class, with a certificate",
					`{"spec":{"ingressClassName":"nginx","tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`, allow},
			},
		},
	}
}
