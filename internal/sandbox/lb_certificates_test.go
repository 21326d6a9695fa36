package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// selfSigned returns a PEM certificate for the names.
func selfSigned(t *testing.T, names ...string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: today(), NotAfter: today().AddDate(1, 0, 0),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

func TestLBCertificates(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := r.newBalancer(`{"type":"lb-s"}`)
	certificates := lbPath + "/lbs/" + id + "/certificates"
	r.call(400, "POST", certificates, `{"name":"a"}`)
	issued := r.call(200, "POST", certificates, `{"name":"a","letsencrypt":{"common_name":"a.example"}}`)
	expectJSON(t, "pending", issued, "status")
	expectJSON(t, "0001-01-01T00:00:00Z", issued, "not_valid_after")
	path := lbPath + "/certificates/" + stringAt(t, issued, "id")
	r.server.Advance(10 * time.Second)
	issued = r.call(200, "GET", path, "")
	expectJSON(t, "ready", issued, "status")
	if end, err := time.Parse(time.RFC3339, stringAt(t, issued, "not_valid_after")); err != nil ||
		end.Before(r.server.Now().AddDate(0, 2, 0)) {
		t.Errorf("valid until %s: %v", end, err)
	}
	expectJSON(t, "b", r.call(200, "PUT", path, `{"name":"b"}`), "name")

	chain, err := json.Marshal(selfSigned(t, "b.example", "c.example"))
	if err != nil {
		t.Fatal(err)
	}
	r.call(400, "POST", certificates, `{"name":"c","custom_certificate":{"certificate_chain":"none"}}`)
	custom := r.call(
		200,
		"POST",
		certificates,
		`{"name":"c","custom_certificate":{"certificate_chain":`+string(chain)+`}}`,
	)
	expectJSON(t, "custom", custom, "type")
	expectJSON(t, "b.example", custom, "common_name")
	expectJSON(t, []string{"c.example"}, custom, "subject_alternative_name")
	expectJSON(t, 1, r.call(200, "GET", certificates+"?name=c", ""), "total_count")

	backend := r.newLBBackend(id)
	f := r.call(200, "POST", lbPath+"/lbs/"+id+"/frontends", `{"inbound_port":443,"backend_id":"`+backend+
		`","certificate_ids":["`+stringAt(t, issued, "id")+`"]}`)
	expectJSON(t, stringAt(t, issued, "id"), f, "certificate", "id")
	r.call(412, "DELETE", path, "")
	r.call(204, "DELETE", lbPath+"/frontends/"+stringAt(t, f, "id"), "")
	r.call(204, "DELETE", path, "")

	private := r.newBalancer(`{"type":"lb-s","assign_flexible_ip":false}`)
	r.call(400, "POST", lbPath+"/lbs/"+private+"/certificates", `{"letsencrypt":{"common_name":"a.example"}}`)
}
