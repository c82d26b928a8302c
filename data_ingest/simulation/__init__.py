"""The simulated building: a model of an office that speaks only MQTT, as a real one would."""
