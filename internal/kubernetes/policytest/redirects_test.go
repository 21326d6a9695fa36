package policytest

import (
	"slices"
	"strconv"
	"strings"
)

// This file says what ingress controllers do with the annotations of an Ingress that has TLS, by the rules of their
// source and with the functions of Go's standard library that they use. The table of annotations is checked against
// it.

const (
	nginx   = "nginx.ingress.kubernetes.io/"
	traefik = "traefik.ingress.kubernetes.io/router."
)

// servesPlaintext says whether one of the controllers serves the hosts in clear because of the annotations.
func servesPlaintext(annotations map[string]string) bool {
	return ingressNginx(annotations, nginx) || ingressNginx(annotations, "higress.io/") ||
		ingressNginx(
			annotations, "mse.ingress.kubernetes.io/",
		) || nginxOrg(annotations) || haproxyOrg(annotations) || haproxyIngress(annotations) ||
		ciliumIngress(annotations) || kong(annotations) || traefikWeb(annotations)
}

// ingressNginx is internal/ingress/annotations/rewrite/main.go and rootfs/etc/nginx/lua/lua_ingress.lua. Higress reads
// the same under prefixes of its own.
func ingressNginx(annotations map[string]string, prefix string) bool {
	redirect, err := strconv.ParseBool(annotations[prefix+"ssl-redirect"])
	if err != nil {
		redirect = true // the default of the ConfigMap
	}
	force, err := strconv.ParseBool(annotations[prefix+"force-ssl-redirect"])
	return !redirect && (err != nil || !force)
}

// nginxOrg is internal/configs/annotations.go of the NGINX Ingress Controller.
func nginxOrg(annotations map[string]string) bool {
	value, found := annotations["nginx.org/ssl-redirect"]
	if !found {
		value = annotations["ingress.kubernetes.io/ssl-redirect"]
	}
	redirect, err := strconv.ParseBool(value)
	return err == nil && !redirect
}

// haproxyOrg is pkg/annotations/ingress/httpsRedirect.go and pkg/utils/utils.go of the HAProxy Kubernetes Ingress
// Controller.
func haproxyOrg(annotations map[string]string) bool {
	for _, prefix := range []string{"haproxy.org/", "haproxy.com/", "ingress.kubernetes.io/"} {
		value := annotations[prefix+"ssl-redirect"]
		if value == "" {
			continue
		}
		redirect, err := strconv.ParseBool(value)
		if err != nil {
			redirect = slices.Contains([]string{"enabled", "on"}, strings.ToLower(value))
		}
		if !redirect {
			return true
		}
	}
	return false
}

// haproxyIngress is ConfigValue.Bool of HAProxy Ingress; what older versions cannot read does not redirect. "" is
// left out, as no version reads it alike.
func haproxyIngress(annotations map[string]string) bool {
	for _, prefix := range []string{"haproxy-ingress.github.io/", "ingress.kubernetes.io/"} {
		passes, err := strconv.ParseBool(annotations[prefix+"ssl-passthrough"])
		if err == nil && passes && annotations[prefix+"ssl-passthrough-http-port"] != "" {
			return true
		}
	}
	value := annotations["haproxy-ingress.github.io/ssl-redirect"]
	if value == "" {
		return false
	}
	redirect, err := strconv.ParseBool(value)
	return err != nil || !redirect
}

// ciliumIngress is GetAnnotationForceHTTPSEnabled of operator/pkg/model/ingestion/annotations.
func ciliumIngress(annotations map[string]string) bool {
	value := annotations["ingress.cilium.io/force-https"]
	redirect, err := strconv.ParseBool(value)
	return value == "disabled" || err == nil && !redirect
}

// kong is ExtractProtocolNames of internal/annotations/annotations.go of the Kong Ingress Controller.
func kong(annotations map[string]string) bool {
	for _, prefix := range []string{"konghq.com/", "configuration.konghq.com/"} {
		for protocol := range strings.SplitSeq(annotations[prefix+"protocols"], ",") {
			if slices.Contains([]string{"http", "grpc"}, strings.ToLower(strings.TrimSpace(protocol))) {
				return true
			}
		}
	}
	return false
}

// traefikWeb is pkg/provider/kubernetes/ingress/annotations.go of Traefik, and the decoding of labels of paerser.
func traefikWeb(annotations map[string]string) bool {
	web, tls, disabled := false, false, false
	for key, value := range annotations {
		field, ok := strings.CutPrefix(strings.ToLower(key), traefik)
		switch {
		case !ok:
		case field == "entrypoints":
			for point := range strings.SplitSeq(value, ",") {
				web = web || slices.Contains([]string{"web", "http"}, strings.TrimSpace(point))
			}
		case field == "tls":
			tls, disabled = true, value != "" && !strings.EqualFold(value, "true")
		case strings.HasPrefix(field, "tls."):
			tls = true
		}
	}
	return web && (!tls || disabled)
}

// redirectSpelling are values of an annotation, beside others, that a controller treats alike.
type redirectSpelling struct {
	annotation string
	expected   verdict
	controller string
	values     []string
	others     []string
}

func redirectSpellings() []redirectSpelling {
	trues, falses := []string{"true", "True", "TRUE", "t", "T", "1"}, []string{"false", "False", "FALSE", "f", "F", "0"}
	rows := []redirectSpelling{
		{nginx + "ssl-redirect", refusedIngress, "ingress-nginx does not redirect", falses, nil},
		{nginx + "ssl-redirect", allow, "ingress-nginx redirects", trues, nil},
		{nginx + "ssl-redirect", allow, "ingress-nginx cannot read it: the default redirects", []string{"", "no",
			"off", "fAlSe", " false", "false ", "disabled", "2", "null"}, nil},
		{nginx + "ssl-redirect", refusedIngress, "ingress-nginx does not redirect", []string{"false", "F"},
			[]string{nginx + "force-ssl-redirect", "no"}},
		{nginx + "ssl-redirect", refusedIngress, "ingress-nginx does not redirect", []string{"false", "0"},
			[]string{nginx + "force-ssl-redirect", "false"}},
		{nginx + "ssl-redirect", refusedIngress, "ingress-nginx does not redirect", []string{"false"},
			[]string{nginx + "preserve-trailing-slash", "true"}},
		{nginx + "force-ssl-redirect", allow, "ingress-nginx redirects in any case", trues, []string{nginx +
			"ssl-redirect", "false"}},
		{nginx + "force-ssl-redirect", allow, "ingress-nginx redirects where there is TLS", falses, nil},
		{nginx + "force-ssl-redirect", allow, "ingress-nginx redirects where there is TLS", falses, []string{nginx +
			"ssl-redirect", "true"}},
		{"haproxy-ingress.github.io/ssl-passthrough-http-port", refusedIngress, "HAProxy Ingress serves port 80 in clear",
			[]string{"80", "8080", "http"}, []string{"haproxy-ingress.github.io/ssl-passthrough", "true"}},
		{"ingress.kubernetes.io/ssl-passthrough-http-port", refusedIngress, "older versions serve port 80 in clear",
			[]string{"80"}, []string{"ingress.kubernetes.io/ssl-passthrough", "1"}},
		{"haproxy-ingress.github.io/ssl-passthrough-http-port", allow, "without a passthrough it does nothing",
			[]string{"", "80"}, []string{"haproxy-ingress.github.io/ssl-passthrough", "false"}},
		{"higress.io/ssl-redirect", refusedIngress, "Higress does not redirect", falses, nil},
		{"higress.io/ssl-redirect", allow, "Higress redirects", trues, nil},
		{"higress.io/force-ssl-redirect", allow, "Higress redirects", trues, []string{"higress.io/ssl-redirect", "false"}},
		{"mse.ingress.kubernetes.io/ssl-redirect", refusedIngress, "MSE does not redirect", falses, nil},
		{nginx + "proxy-body-size", allow, "it is no redirect", []string{"8m", "false"}, nil},
		{"nginx.org/ssl-redirect", refusedIngress, "NGINX does not redirect", falses, nil},
		{"nginx.org/ssl-redirect", allow, "NGINX redirects", trues, nil},
		{"nginx.org/ssl-redirect", allow, "NGINX cannot read it: the default redirects", []string{"", "no", "off",
			"FaLsE", "0 "}, nil},
		{"nginx.org/ssl-redirect", refusedIngress, "NGINX redirects by a header that clients may leave out",
			[]string{"false", "f"}, []string{"nginx.org/redirect-to-https", "true"}},
		{"nginx.org/redirect-to-https", allow, "NGINX redirects where there is TLS", append(slices.Clone(falses),
			trues...), nil},
		{"ingress.kubernetes.io/ssl-redirect", refusedIngress, "HAProxy reads it, too", []string{"false"},
			[]string{"nginx.org/ssl-redirect", "true"}},
		{"ingress.cilium.io/force-https", refusedIngress, "Cilium does not redirect", append([]string{"disabled"},
			falses...), nil},
		{"ingress.cilium.io/force-https", allow, "Cilium redirects", append([]string{"enabled"}, trues...), nil},
		{"ingress.cilium.io/force-https", allow, "Cilium cannot read it: the default redirects", []string{"",
			"Disabled", " disabled", "off", "no"}, nil},
		{"konghq.com/protocols", refusedIngress, "Kong serves plaintext", []string{"http", "http,https",
			"https,http", "https, http", "HTTP", " http ", "grpc", "grpc,grpcs"}, nil},
		{"konghq.com/protocols", allow, "Kong serves TLS alone", []string{"https", "grpcs", "https,grpcs",
			" https "}, nil},
		{"konghq.com/protocols", allow, "Kong takes its default", []string{"", ","}, nil},
		{"configuration.konghq.com/protocols", refusedIngress, "older versions of Kong serve plaintext",
			[]string{"http", "https,http"}, nil},
		{"configuration.konghq.com/protocols", allow, "older versions of Kong serve TLS alone", []string{"https"}, nil},
		{traefik + "entrypoints", refusedIngress, "Traefik serves plaintext", []string{"web", "web,websecure",
			"websecure,web", "websecure, web", " web ", "http", "http,https"}, nil},
		{traefik + "entrypoints", allow, "Traefik serves TLS alone", []string{"websecure", " websecure ", "https",
			"websecure,metrics", "webhooks", ""}, nil},
		{traefik + "entryPoints", refusedIngress, "Traefik reads keys in any case", []string{"web",
			"web,websecure"}, nil},
		{traefik + "ENTRYPOINTS", refusedIngress, "Traefik reads keys in any case", []string{"web"}, nil},
		{traefik + "entryPoints", allow, "Traefik serves TLS alone", []string{"websecure"}, nil},
		{traefik + "tls", allow, "the router of Traefik takes no plaintext", []string{"true", "TRUE", "True", ""},
			[]string{traefik + "entrypoints", "web"}},
		{traefik + "tls", refusedIngress, "TLS of the router of Traefik is off", []string{"false", "1", "t", "yes",
			" true"}, []string{traefik + "entrypoints", "web,websecure"}},
		{traefik + "TLS", allow, "Traefik reads keys in any case", []string{"true"}, []string{traefik +
			"entryPoints", "web"}},
		{traefik + "tls.certresolver", allow, "the router of Traefik takes no plaintext", []string{"letsencrypt",
			""}, []string{traefik + "entrypoints", "web,websecure"}},
		{traefik + "tls.options", refusedIngress, "TLS of the router of Traefik is off", []string{"default"},
			[]string{traefik + "entrypoints", "web", traefik + "tls", "false"}},
		{traefik + "middlewares", refusedIngress, "what a middleware does is not known",
			[]string{"web-redirect@kubernetescrd"}, []string{traefik + "entrypoints", "web"}},
		{traefik + "priority", allow, "it is no redirect", []string{"42"}, nil},
	}
	for _, prefix := range []string{"haproxy.org/", "haproxy.com/", "haproxy-ingress.github.io/",
		"ingress.kubernetes.io/"} {
		rows = append(rows,
			redirectSpelling{prefix + "ssl-redirect", refusedIngress, "HAProxy does not redirect",
				append([]string{"off", "OFF", "disabled"}, falses...), nil},
			redirectSpelling{prefix + "ssl-redirect", refusedIngress,
				"HAProxy cannot read it, and does not redirect", []string{"no", "yes", " true", "true ", "2",
					"tRUE"}, nil},
			redirectSpelling{prefix + "ssl-redirect", allow, "HAProxy redirects", append([]string{""}, trues...), nil},
			redirectSpelling{prefix + "ssl-redirect-code", allow, "it is no redirect", []string{"301", "false"}, nil},
		)
		on := redirectSpelling{prefix + "ssl-redirect", allow, "HAProxy redirects", []string{"on", "On", "enabled",
			"ENABLED"}, nil}
		if prefix == "haproxy-ingress.github.io/" {
			on.expected, on.controller = refusedIngress, "HAProxy Ingress cannot read it"
		}
		rows = append(rows, on)
	}
	return rows
}
