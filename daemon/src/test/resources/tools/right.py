"""What code may write, and what the types of the values are."""

import asyncio
from typing import Any, Literal, assert_type

import api
import stubbed
from api import Weather, tools, weather
from weather import Weather_GetWeather_Filter, get_weather

found = get_weather("Oslo")
assert_type(found.temperature, float)
assert_type(found["temperature"], float)
assert_type(found.sky, Literal["clear", "cloudy"])
assert_type(found["sky"], Literal["clear", "cloudy"])
assert_type(found.station.id, int)
assert_type(found["station"]["id"], int)
assert_type(found.station["near"][0].id, int)
assert_type([hour.rain for hour in found.hours], list[float])
assert_type([hour["rain"] for hour in found["hours"]], list[float])
assert_type(found["items"], int)
assert_type(found["class"], str)
assert_type(found.place, list[float])
assert_type(found.extra.anything, Any)
assert_type(found.extra["anything"], Any)
assert_type(found.counts.one, int)
assert_type(found.counts["one"], int)
assert_type(found.more.a, str)
assert_type(found.more["a"], str)
assert_type(found.more.other, int)
assert_type(found.more["other"], int)
for key, value in found.items():
    print(key.upper(), value)
print({**found, "more": 1}, "sky" in found, len(found), found.get("unknown"))
plain: dict[str, Any] = found
print(dict(found), [{**row, "country": "Norway"} for row in found.hours], found["unlisted"])

weather.get_weather(location="Oslo", units="fahrenheit", days=3)
weather.get_weather("Oslo", "celsius", 3, {"kinds": ["rain"], "near-by": True})
weather.get_weather("Oslo", days=None, units=None)
Weather.get_weather("Oslo", box=[1, 2.5], tags={"a": "b"}, open={"a": "x", "b": 1})
tools.weather.get_weather("Oslo", box=(1, 2.5))
api.tools.weather.get_weather("Oslo")
stubbed.get_weather("Oslo", days=1).temperature.is_integer()
wanted: Weather_GetWeather_Filter = {"kinds": ["rain"]}
get_weather("Oslo", filter=wanted)
weather.ping()
weather.ping(anything=1)
tools.search("rain")[0].python_name.upper()

assert_type(get_weather.sync("Oslo").temperature, float)
answer = get_weather.with_options(timeout=2).with_content("Oslo")
assert_type(answer.value.temperature, float)
print(answer.content, answer.is_structured, answer.meta)


async def main() -> None:
    one = await get_weather.aio("Oslo")
    assert_type(one.temperature, float)
    two, other = await asyncio.gather(get_weather.aio("Oslo"), weather.ping.aio())
    print(two.sky, other)


asyncio.run(main())
