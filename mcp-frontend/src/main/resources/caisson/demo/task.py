# The weather of two cities, each in its own units.
oslo = weather.get_weather(location="Oslo", units="celsius")
austin = weather.get_weather(location="Austin", units="fahrenheit")
print(f"{oslo.location}: {oslo.temperature} °C, {oslo.sky}")
print(f"{austin.location}: {austin.temperature} °F, {austin.sky}")

# Three calculations, each on the result of the one before: Fahrenheit to Celsius.
above = calculator.subtract(a=austin.temperature, b=32).result
fivefold = calculator.multiply(a=above, b=5).result
celsius = calculator.divide(a=fivefold, b=9).result
warmer = "warmer" if celsius > oslo.temperature else "colder"
print(f"{austin.location} has {celsius:.1f} °C: it is {warmer} than {oslo.location}")
