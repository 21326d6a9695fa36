package sandbox

import (
	"crypto/sha1" //nolint:gosec // the API's fingerprints are SHA-1 sums
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
)

// Recorded durations: how long the issue of a certificate by Let's Encrypt takes, and how long it is valid. As
// recorded, its validity begins an hour before.
const (
	certificateIssueDuration = 8 * time.Second
	certificateValidity      = 90*24*time.Hour - time.Second
)

// lbCertificate is a TLS certificate of a Load Balancer. Every response fills in the Load Balancer.
type lbCertificate struct {
	lb.Certificate

	LB *balancer `json:"lb"`

	lbID string
}

func (s *Server) routeLBCertificates(base string) {
	with := func(handle func(*call, *lbCertificate) (any, error)) handler {
		return withLBPart(
			s,
			s.lbCertificates,
			"certificate",
			func(one *lbCertificate) string { return one.lbID },
			handle,
		)
	}
	s.route("GET "+base+"/lbs/{id}/certificates", areaBalancer, s.withBalancer(s.listLBCertificates))
	s.route("POST "+base+"/lbs/{id}/certificates", areaBalancer, s.withBalancer(s.createLBCertificate))
	s.route("GET "+base+"/certificates/{id}", areaBalancer, with(func(_ *call, one *lbCertificate) (any, error) {
		return s.certificateView(one, false), nil
	}))
	s.route("PUT "+base+"/certificates/{id}", areaBalancer, with(s.updateLBCertificate))
	s.route("DELETE "+base+"/certificates/{id}", areaBalancer, with(s.deleteLBCertificate))
}

// certificateView returns a copy of a certificate for a response.
func (s *Server) certificateView(certificate *lbCertificate, withInstances bool) *lbCertificate {
	view := *certificate
	view.LB = s.balancerView(certificate.lbID, withInstances)
	return &view
}

func (s *Server) listLBCertificates(c *call, b *balancer) (any, error) {
	found := []*lbCertificate{}
	for _, certificate := range s.lbCertificates.list(nil) {
		if certificate.lbID == b.ID && c.filters().contains("name", certificate.Name) {
			found = append(found, s.certificateView(certificate, true))
		}
	}
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(one *lbCertificate) sortKey {
		return sortKey{name: one.Name, created: one.CreatedAt, updated: one.UpdatedAt}
	}))
	return map[string]any{"certificates": page, "total_count": total}, nil
}

func (s *Server) createLBCertificate(c *call, b *balancer) (any, error) {
	var req lb.ZonedAPICreateCertificateRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	now := s.timestamp()
	certificate := &lbCertificate{lbID: b.ID, Certificate: lb.Certificate{
		ID: uuid.NewString(), Name: req.Name, CreatedAt: now, UpdatedAt: now, SubjectAlternativeName: []string{},
		NotValidBefore: &time.Time{}, NotValidAfter: &time.Time{},
	}}
	switch {
	case req.Letsencrypt != nil && req.Letsencrypt.CommonName == "":
		return nil, errInvalid("letsencrypt.common_name", "required", "")
	case req.Letsencrypt != nil && len(s.ipsOfBalancer(b.ID)) == 0:
		// The documentation names this restriction, but not the response [INFERRED lb-letsencrypt-private].
		return nil, errInvalid("letsencrypt", "constraint", "the Load Balancer has no public IP")
	case req.Letsencrypt != nil:
		certificate.requestIssue(req.Letsencrypt)
		s.after(certificateIssueDuration, func() { s.issueCertificate(certificate) })
	case req.CustomCertificate != nil:
		if err := certificate.readChain(req.CustomCertificate.CertificateChain); err != nil {
			return nil, err
		}
	default:
		return nil, errInvalid("letsencrypt", "required", "set letsencrypt or custom_certificate")
	}
	s.lbCertificates.put(certificate.ID, certificate)
	b.UpdatedAt = now
	view := s.certificateView(certificate, true)
	s.reloadBalancer(b.ID)
	return view, nil
}

func (certificate *lbCertificate) requestIssue(config *lb.CreateCertificateRequestLetsencryptConfig) {
	certificate.Type, certificate.Status = lb.CertificateTypeLetsencrypt, lb.CertificateStatusPending
	certificate.CommonName = config.CommonName
	certificate.SubjectAlternativeName = nonNilSlice(config.SubjectAlternativeName)
}

// issueCertificate ends the issue of a certificate by Let's Encrypt. The sandbox has no DNS: every name is valid.
func (s *Server) issueCertificate(certificate *lbCertificate) {
	if certificate.Status != lb.CertificateStatusPending {
		return
	}
	begin := s.now().Add(-time.Hour).Truncate(time.Second)
	end := begin.Add(certificateValidity)
	sum := sha1.Sum([]byte(certificate.ID)) //nolint:gosec // as above
	certificate.Status, certificate.Fingerprint = lb.CertificateStatusReady, hex.EncodeToString(sum[:])
	certificate.NotValidBefore, certificate.NotValidAfter, certificate.UpdatedAt = &begin, &end, s.timestamp()
}

// readChain reads the names and the validity of a custom certificate. As recorded, its fingerprint is empty.
func (certificate *lbCertificate) readChain(chain string) error {
	for rest := []byte(chain); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return errInvalid("custom_certificate.certificate_chain", "format", "it contains no PEM certificate")
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return errInvalid("custom_certificate.certificate_chain", "format", err.Error())
		}
		certificate.Type, certificate.Status = lb.CertificateTypeCustom, lb.CertificateStatusReady
		certificate.CommonName = parsed.Subject.CommonName
		certificate.NotValidBefore, certificate.NotValidAfter = &parsed.NotBefore, &parsed.NotAfter
		for _, name := range parsed.DNSNames {
			if name != parsed.Subject.CommonName {
				certificate.SubjectAlternativeName = append(certificate.SubjectAlternativeName, name)
			}
		}
		return nil
	}
}

func (s *Server) updateLBCertificate(c *call, certificate *lbCertificate) (any, error) {
	var req lb.ZonedAPIUpdateCertificateRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	certificate.Name, certificate.UpdatedAt = req.Name, s.timestamp()
	return s.certificateView(certificate, false), nil
}

// deleteLBCertificate deletes a certificate that no frontend uses [INFERRED lb-certificate-in-use].
func (s *Server) deleteLBCertificate(_ *call, certificate *lbCertificate) (any, error) {
	if slices.ContainsFunc(s.frontendsOf(certificate.lbID), func(f *lbFrontend) bool {
		return slices.Contains(f.CertificateIDs, certificate.ID)
	}) {
		return nil, errInUse("the certificate is used by a frontend")
	}
	s.lbCertificates.remove(certificate.ID)
	if b, ok := s.balancers.get(certificate.lbID); ok {
		b.UpdatedAt = s.timestamp()
	}
	s.reloadBalancer(certificate.lbID)
	return noContent{}, nil
}
