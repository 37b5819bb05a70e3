package models

// The states of an upload.
const (
	UploadWaiting  = "waiting"
	UploadReady    = "ready"
	UploadRejected = "rejected"
)
