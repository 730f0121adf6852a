"""An example MCP server: the weather of a few cities, always the same."""

from __future__ import annotations

from typing import Any

from _mcp_stdio import Server, Tool

# City: degrees Celsius, relative humidity in percent, sky.
_CITIES = {
    "austin": (31.0, 48, "sunny"),
    "cairo": (34.5, 22, "sunny"),
    "oslo": (4.0, 81, "rain"),
    "quito": (14.5, 74, "clouds"),
    "tokyo": (18.5, 60, "clouds"),
}


def _get_weather(location: str, units: str = "celsius") -> dict[str, Any]:
    city = _CITIES.get(location.strip().lower())
    if city is None:
        known = ", ".join(name.title() for name in sorted(_CITIES))
        raise ValueError(f"no weather for {location!r}; known are {known}")
    celsius, humidity, sky = city
    if units not in ("celsius", "fahrenheit"):
        raise ValueError(f"units must be 'celsius' or 'fahrenheit', not {units!r}")
    temperature = celsius if units == "celsius" else celsius * 9 / 5 + 32
    return {
        "location": location.strip().title(),
        "temperature": round(temperature, 1),
        "units": units,
        "humidity": humidity,
        "sky": sky,
    }


def _list_cities() -> dict[str, Any]:
    return {"cities": [name.title() for name in sorted(_CITIES)]}


_WEATHER = {
    "type": "object",
    "properties": {
        "location": {"type": "string"},
        "temperature": {"type": "number", "description": "In the units that were asked for"},
        "units": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "humidity": {"type": "integer", "description": "Percent"},
        "sky": {"type": "string"},
    },
    "required": ["location", "temperature", "units", "humidity", "sky"],
}

if __name__ == "__main__":
    Server(
        "weather",
        "The weather of a few cities.",
        [
            Tool(
                "get_weather",
                "Tells the weather of a city.",
                {
                    "type": "object",
                    "properties": {
                        "location": {"type": "string", "description": "A city, such as Oslo"},
                        "units": {
                            "type": "string",
                            "enum": ["celsius", "fahrenheit"],
                            "default": "celsius",
                        },
                    },
                    "required": ["location"],
                },
                _WEATHER,
                _get_weather,
            ),
            Tool(
                "list_cities",
                "Lists the cities whose weather is known.",
                {"type": "object", "properties": {}},
                {
                    "type": "object",
                    "properties": {"cities": {"type": "array", "items": {"type": "string"}}},
                    "required": ["cities"],
                },
                _list_cities,
            ),
        ],
    ).serve()
