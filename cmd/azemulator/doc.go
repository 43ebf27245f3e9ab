// Command azemulator serves the Azure services of internal/emulator on loopback:
// sign-in, the Graph security API and Logs Ingestion over TLS on one port, and a
// plain control interface on another. Its README says what there is and how to
// reach it; the flags and the control interface are stable.
//
// It keeps nothing on disk but the certificate of the authority it made for
// itself, whose key never leaves memory, and refuses to listen anywhere but on
// loopback.
package main
