"""What a type checker has to find: each line that ends with the word, and no other."""

from weather import get_weather, weather

found = get_weather("Oslo")

get_weather(3)  # wrong
get_weather()  # wrong
get_weather("Oslo", unit="celsius")  # wrong
get_weather("Oslo", units="kelvin")  # wrong
get_weather("Oslo", days="3")  # wrong
get_weather("Oslo", days=1.5)  # wrong
get_weather("Oslo", filter={"kind": ["rain"]})  # wrong
get_weather("Oslo", filter={"kinds": "rain"})  # wrong
get_weather("Oslo", filter={"near-by": True})  # wrong
get_weather("Oslo", box="1, 2")  # wrong
get_weather("Oslo", tags={"a": 1})  # wrong
get_weather.sync("Oslo", day=1)  # wrong
get_weather.aio(location=1)  # wrong
get_weather.with_options(time=3)("Oslo")  # wrong
get_weather.with_content("Oslo").temperature  # wrong
weather.get_wether("Oslo")  # wrong
found.temprature  # wrong
found.station.idd  # wrong
found.sky.uper()  # wrong
found.temperature.upper()  # wrong
found["hours"][0].rainn  # wrong
get_weather("Oslo").append(1)  # wrong
