package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certificateDays is how long the authority and its one certificate are good:
// longer than a run, short of what clients refuse.
const certificateDays = 90

// newCertificate makes an authority and a certificate for loopback signed by
// it. The authority's key is forgotten on return.
func newCertificate(now time.Time, address net.IP) (server tls.Certificate, authority []byte, err error) {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	root := template(now, "azemulator authority", 1)
	root.IsCA, root.BasicConstraintsValid, root.MaxPathLenZero = true, true, true
	root.KeyUsage = x509.KeyUsageCertSign
	authority, err = x509.CreateCertificate(rand.Reader, root, root, &authorityKey.PublicKey, authorityKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf := template(now, "azemulator", 2)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf.DNSNames = []string{"localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback, address}
	signed, err := x509.CreateCertificate(rand.Reader, leaf, root, &serverKey.PublicKey, authorityKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{signed, authority}, PrivateKey: serverKey}, authority, nil
}

func template(now time.Time, name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano() + serial), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, certificateDays),
	}
}

// writeAuthority writes ca.pem whole or not at all, so that a collector that
// starts at the same time never reads half of it.
func writeAuthority(dir string, authority []byte) (path string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path = filepath.Join(dir, "ca.pem")
	draft, err := os.CreateTemp(dir, ".ca-*.pem") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(draft.Name()) }() // gone already when all went well
	if err := pem.Encode(draft, &pem.Block{Type: "CERTIFICATE", Bytes: authority}); err != nil {
		_ = draft.Close() // the first error says more
		return "", err
	}
	if err := draft.Close(); err != nil {
		return "", err
	}
	return path, os.Rename(draft.Name(), path)
}
